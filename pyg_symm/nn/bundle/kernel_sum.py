"""Sums of neighbours' features times kernels, which keep no tensor of messages."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function

_BYTES = {"cpu": 3 * 2**18, "cuda": 2**28}  # Of messages at a time: most of a core's cache.


class Pairs(NamedTuple):
    r"""Which nodes each kernel joins.

    Args:
        source (torch.Tensor): The sender of each kernel :math:`(R)`.
        target (torch.Tensor): The receiver of each kernel :math:`(R)`.
        two_way (int): How many of the kernels, the first ones, also carry features from the target
            to the source. The way back has the offset :math:`-\mathbf{r}`, whose attributes with
            the orientation :math:`\mathbf{o}` are those of :math:`\mathbf{r}` with
            :math:`-\mathbf{o}`.
        halves (bool): Whether :math:`-\mathbf{o}` has the place of :math:`\mathbf{o}` in the other
            half of the orientations. Otherwise it has the same place.
    """

    source: Tensor
    target: Tensor
    two_way: int
    halves: bool

    def part(self, start: int, stop: int) -> "Pairs":
        """Those of some of the kernels."""
        two_way = min(max(self.two_way - start, 0), stop - start)
        return self._replace(
            source=self.source[start:stop], target=self.target[start:stop], two_way=two_way
        )


def kernel_sum(kernel: Tensor, x: Tensor, pairs: Pairs, loop: Tensor | None = None) -> Tensor:
    r"""The sum of kernels times senders' features for every receiver.

    .. math::
        \mathbf{y}_i = \mathbf{k}_0 \odot \mathbf{x}_i + \sum_{j \to i} \mathbf{k}_{ij} \odot
        \mathbf{x}_j

    Messages exist for some kernels at a time, and none is kept for the backward pass. All
    derivatives of any order are sums of the same kind.

    Args:
        kernel (torch.Tensor): Kernels :math:`(R, O, C)`.
        x (torch.Tensor): Features :math:`(N, O, C)`.
        pairs (Pairs): Which nodes each kernel joins.
        loop (torch.Tensor, optional): The kernel :math:`\mathbf{k}_0` of every node and itself
            :math:`(C)`. (default: zero)

    Returns:
        torch.Tensor: New features :math:`(N, O, C)`, of the type of the kernels.

    Examples:
        >>> kernel, x = torch.tensor([[[2.0]]]), torch.tensor([[[1.0]], [[10.0]]])
        >>> pairs = Pairs(torch.tensor([0]), torch.tensor([1]), two_way=1, halves=False)
        >>> kernel_sum(kernel, x, pairs).view(-1)
        tensor([20.,  2.])
    """
    x = x.to(kernel.dtype)
    if torch.compiler.is_compiling():  # The compiler decides by itself what to keep.
        return _whole_sum(kernel, loop, x, pairs)
    return _KernelSum.apply(kernel, loop, x, *pairs)


class _KernelSum(Function):
    @staticmethod
    def forward(
        ctx: Any, kernel: Tensor | None, loop: Tensor | None, x: Tensor, *pairs: Any
    ) -> Tensor:
        ctx.save_for_backward(kernel, loop, x)
        ctx.pairs = Pairs(*pairs)
        return _sum(kernel, loop, x, ctx.pairs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        kernel, loop, x = ctx.saved_tensors
        looped = loop is not None
        if not ctx.needs_input_grad[2]:
            kernel = loop = None
        if not any(ctx.needs_input_grad[:2]):
            x = None
        return *_Gradients.apply(kernel, loop, x, grad, looped, *ctx.pairs), *(None,) * 4


class _Gradients(Function):
    r"""The gradients of the kernels, the loop and the features, all in one pass.

    They are linear in the kernels, in the loop and in the features. So, their own gradients are
    these very functions of what comes back in place of the three.
    """

    @staticmethod
    def forward(
        ctx: Any,
        kernel: Tensor | None,
        loop: Tensor | None,
        x: Tensor | None,
        grad: Tensor,
        looped: bool,
        *pairs: Any,
    ) -> tuple[Tensor | None, ...]:
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(kernel, loop, x, grad)
        ctx.looped, ctx.pairs = looped, Pairs(*pairs)
        of_kernel, of_x = _gradients(kernel, loop, x, grad, ctx.pairs)
        of_loop = _product_sum(x, grad) if looped and x is not None else None
        return of_kernel, of_loop, of_x

    @staticmethod
    def backward(ctx: Any, *back: Tensor | None) -> tuple[Tensor | None, ...]:
        kernel, loop, x, grad = ctx.saved_tensors
        of_kernel, of_loop, of_x = back
        of_grad = None
        if x is not None and (of_kernel is not None or of_loop is not None):
            of_grad = _KernelSum.apply(of_kernel, of_loop, x, *ctx.pairs)
        if of_x is not None:
            more = _KernelSum.apply(kernel, loop, of_x, *ctx.pairs)
            of_grad = more if of_grad is None else of_grad + more
        of_rest = _Gradients.apply(of_kernel, of_loop, of_x, grad, ctx.looped, *ctx.pairs)
        return *of_rest, of_grad, *(None,) * 5


def _whole_sum(kernel: Tensor, loop: Tensor | None, x: Tensor, pairs: Pairs) -> Tensor:
    """All messages at once."""
    out = torch.zeros_like(x) if loop is None else x * loop
    out = out.to(_wide(x.dtype))
    message = kernel * x.index_select(0, pairs.source)
    out = out.index_add(0, pairs.target, message.to(out.dtype))
    if pairs.two_way > 0:
        kernel = kernel[: pairs.two_way]
        if pairs.halves:
            kernel = kernel.roll(kernel.size(1) // 2, 1)
        message = kernel * x.index_select(0, pairs.target[: pairs.two_way])
        out = out.index_add(0, pairs.source[: pairs.two_way], message.to(out.dtype))
    return out.to(x.dtype)


def _sum(kernel: Tensor | None, loop: Tensor | None, x: Tensor, pairs: Pairs) -> Tensor:
    out = _loop_part(loop, x)
    if kernel is None:
        return out.to(x.dtype)
    for rows, part in _parts(pairs, x):
        k, back = kernel[rows], slice(part.two_way)
        _add(out, part.target, _times(x.index_select(0, part.source), k))
        if part.two_way > 0:
            message = _times(x.index_select(0, part.target[back]), k[back], pairs.halves)
            _add(out, part.source[back], message)
    return out.to(x.dtype)


def _gradients(
    kernel: Tensor | None, loop: Tensor | None, x: Tensor | None, grad: Tensor, pairs: Pairs
) -> tuple[Tensor | None, Tensor | None]:
    """Gradients of kernels, if features are given, and of features, if kernels or a loop are."""
    of_kernel = of_x = None
    if x is not None:
        of_kernel = grad.new_empty(pairs.source.numel(), *grad.shape[1:])
    if kernel is not None or loop is not None:
        of_x = _loop_part(loop, grad)
    for rows, part in _parts(pairs, grad) if x is not None or kernel is not None else ():
        back = slice(part.two_way)
        to, fro = grad.index_select(0, part.target), None
        if part.two_way > 0:
            fro = grad.index_select(0, part.source[back])
        if x is not None and of_kernel is not None:
            out = torch.mul(x.index_select(0, part.source), to, out=of_kernel[rows])
            if fro is not None:
                _add_product(out[back], x.index_select(0, part.target[back]), fro, pairs.halves)
        if kernel is not None and of_x is not None:
            k = kernel[rows]
            _add(of_x, part.source, _times(to, k))
            if fro is not None:
                _add(of_x, part.target[back], _times(fro, k[back], pairs.halves))
    return of_kernel, None if of_x is None else of_x.to(grad.dtype)


def _product_sum(x: Tensor, y: Tensor) -> Tensor:
    """The sum of products over all but the last dimension."""
    out = x.new_zeros(x.size(-1), dtype=_wide(x.dtype))
    step = _rows(x)
    for start in range(0, x.size(0), step):
        part = slice(start, start + step)
        out += (x[part] * y[part]).sum((0, 1), dtype=out.dtype)
    return out.to(x.dtype)


def _loop_part(loop: Tensor | None, x: Tensor) -> Tensor:
    """What loops give, to which messages can be added."""
    wide = _wide(x.dtype)
    if loop is None:
        return torch.zeros_like(x, dtype=wide, memory_format=torch.contiguous_format)
    return (x * loop).to(wide).contiguous()


def _add(out: Tensor, index: Tensor, message: Tensor) -> None:
    out.index_add_(0, index, message.to(out.dtype))


def _times(x: Tensor, kernel: Tensor, halves: bool = False) -> Tensor:
    """Features times kernels in place, each half of the features times the other half."""
    if not halves:
        return x.mul_(kernel)
    half = x.size(1) // 2
    x[:, :half].mul_(kernel[:, half:])
    x[:, half:].mul_(kernel[:, :half])
    return x


def _add_product(out: Tensor, x: Tensor, y: Tensor, halves: bool) -> None:
    """Adds products, each half of them to the other half."""
    if not halves:
        out.addcmul_(x, y)
        return
    half = x.size(1) // 2
    out[:, :half].addcmul_(x[:, half:], y[:, half:])
    out[:, half:].addcmul_(x[:, :half], y[:, :half])


def _parts(pairs: Pairs, x: Tensor) -> Iterator[tuple[slice, Pairs]]:
    """The kernels whose messages may exist at a time."""
    num, step = pairs.source.numel(), _rows(x)
    for start in range(0, num, step):
        yield slice(start, start + step), pairs.part(start, min(start + step, num))


def _rows(x: Tensor) -> int:
    """How many rows of messages may exist at a time."""
    row = max(x[0].numel() * x.element_size(), 1) if x.size(0) > 0 else 1
    return max(_BYTES.get(x.device.type, 2**28) // row, 1)


def _wide(dtype: torch.dtype) -> torch.dtype:
    """The type of sums: over many neighbours in half precision, they would lose small messages."""
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype
