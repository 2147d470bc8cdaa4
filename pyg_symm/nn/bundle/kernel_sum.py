"""Sums of neighbours' features times kernels, which keep no tensor of messages."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function

from pyg_symm.utils.plain import needs_plain_functions

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
        loops (bool, optional): Whether one more kernel, behind the others, joins every node with
            itself. (default: :obj:`False`)
    """

    source: Tensor
    target: Tensor
    two_way: int
    halves: bool
    loops: bool = False

    def part(self, start: int, stop: int) -> "Pairs":
        """Those of some of the kernels, and loops with the last of them."""
        two_way = min(max(self.two_way - start, 0), stop - start)
        source, target = self.source[start:stop], self.target[start:stop]
        loops = self.loops and stop == self.source.numel()
        return Pairs(source, target, two_way, self.halves, loops)


def kernel_sum(kernel: Tensor, x: Tensor, pairs: Pairs) -> Tensor:
    r"""The sum of kernels times senders' features for every receiver.

    .. math::
        \mathbf{y}_i = \mathbf{k}_R \odot \mathbf{x}_i + \sum_{j \to i} \mathbf{k}_{ij} \odot
        \mathbf{x}_j

    with the kernel :math:`\mathbf{k}_R` of loops, if there is one. Messages exist for some kernels
    at a time, and none is kept for the backward pass. All derivatives of any order are sums of the
    same kind.

    Args:
        kernel (torch.Tensor): Kernels :math:`(R, O, C)`, or :math:`(R + 1, O, C)` with that of
            loops.
        x (torch.Tensor): Features :math:`(N, O, C)`.
        pairs (Pairs): Which nodes each kernel joins.

    Returns:
        torch.Tensor: New features :math:`(N, O, C)`, of the type of the kernels.

    Examples:
        >>> kernel, x = torch.tensor([[[2.0]]]), torch.tensor([[[1.0]], [[10.0]]])
        >>> pairs = Pairs(torch.tensor([0]), torch.tensor([1]), two_way=1, halves=False)
        >>> kernel_sum(kernel, x, pairs).view(-1)
        tensor([20.,  2.])
    """
    x = x.to(kernel.dtype)
    if needs_plain_functions():
        return _whole_sum(kernel, x, pairs)
    return _KernelSum.apply(kernel, x, *pairs)


class _KernelSum(Function):
    @staticmethod
    def forward(ctx: Any, kernel: Tensor, x: Tensor, *pairs: Any) -> Tensor:
        ctx.save_for_backward(kernel, x)
        ctx.pairs = Pairs(*pairs)
        return _sum(kernel, x, ctx.pairs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        kernel, x = ctx.saved_tensors
        of_kernel, of_x = ctx.needs_input_grad[:2]
        kernel, x = kernel if of_x else None, x if of_kernel else None
        return *_Gradients.apply(kernel, x, grad, *ctx.pairs), *(None,) * 5


class _Gradients(Function):
    r"""The gradients of the kernels and of the features in one pass.

    They are linear in the features and in the kernels. So, their own gradients are these very
    functions of what comes back in place of the two.
    """

    @staticmethod
    def forward(
        ctx: Any, kernel: Tensor | None, x: Tensor | None, grad: Tensor, *pairs: Any
    ) -> tuple[Tensor | None, Tensor | None]:
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(kernel, x, grad)
        ctx.pairs = Pairs(*pairs)
        return _gradients(kernel, x, grad, ctx.pairs)

    @staticmethod
    def backward(
        ctx: Any, of_kernel: Tensor | None, of_x: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        kernel, x, grad = ctx.saved_tensors
        sums = [
            _KernelSum.apply(k, y, *ctx.pairs)
            for k, y in ((of_kernel, x), (kernel, of_x))
            if k is not None and y is not None
        ]
        of_grad = sum(sums[1:], sums[0]) if sums else None
        return *_Gradients.apply(of_kernel, of_x, grad, *ctx.pairs), of_grad, *(None,) * 5


def _whole_sum(kernel: Tensor, x: Tensor, pairs: Pairs) -> Tensor:
    """All messages at once."""
    out = (x * kernel[-1] if pairs.loops else torch.zeros_like(x)).to(_wide(x.dtype))
    kernel = kernel[: pairs.source.size(0)]
    message = kernel * x.index_select(0, pairs.source)
    out = out.index_add(0, pairs.target, message.to(out.dtype))
    if pairs.two_way > 0:
        kernel = kernel[: pairs.two_way]
        if pairs.halves:
            kernel = kernel.roll(kernel.size(1) // 2, 1)
        message = kernel * x.index_select(0, pairs.target[: pairs.two_way])
        out = out.index_add(0, pairs.source[: pairs.two_way], message.to(out.dtype))
    return out.to(x.dtype)


def _sum(kernel: Tensor, x: Tensor, pairs: Pairs) -> Tensor:
    out = _loop_part(kernel, x, pairs)
    for rows, part in _parts(pairs, x):
        k, back = kernel[rows], slice(part.two_way)
        _add(out, part.target, _times(x.index_select(0, part.source), k))
        if part.two_way > 0:
            message = _times(x.index_select(0, part.target[back]), k[back], pairs.halves)
            _add(out, part.source[back], message)
    return out.to(x.dtype)


def _gradients(
    kernel: Tensor | None, x: Tensor | None, grad: Tensor, pairs: Pairs
) -> tuple[Tensor | None, Tensor | None]:
    """Gradients of the kernels, if features are given, and of features, if kernels are."""
    of_kernel = of_x = None
    if x is not None:
        of_kernel = grad.new_empty(pairs.source.numel() + pairs.loops, *grad.shape[1:])
        if pairs.loops:
            of_kernel[-1] = _product_sum(x, grad)
    if kernel is not None:
        of_x = _loop_part(kernel, grad, pairs)
    for rows, part in _parts(pairs, grad):
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
    """The sum of products over all nodes."""
    out = x.new_zeros(x.shape[1:], dtype=_wide(x.dtype))
    step = _rows(x)
    for start in range(0, x.size(0), step):
        part = slice(start, start + step)
        out += (x[part] * y[part]).sum(0, dtype=out.dtype)
    return out


def _loop_part(kernel: Tensor, x: Tensor, pairs: Pairs) -> Tensor:
    """What loops give, to which messages can be added."""
    wide = _wide(x.dtype)
    if not pairs.loops:
        return torch.zeros_like(x, dtype=wide, memory_format=torch.contiguous_format)
    return (x * kernel[-1]).to(wide).contiguous()


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
        stop = min(start + step, num)
        yield slice(start, stop), pairs.part(start, stop)


def _rows(x: Tensor) -> int:
    """How many rows of messages may exist at a time."""
    row = max(x[0].numel() * x.element_size(), 1) if x.size(0) > 0 else 1
    return max(_BYTES.get(x.device.type, 2**28) // row, 1)


def _wide(dtype: torch.dtype) -> torch.dtype:
    """The type of sums: over many neighbours in half precision, they would lose small messages."""
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype
