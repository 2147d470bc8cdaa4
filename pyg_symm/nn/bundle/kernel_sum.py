"""Sums of neighbours' features times kernels, which keep no tensor of messages."""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function

_BYTES = {"cpu": 2**20, "cuda": 2**28}  # Of messages that exist at a time: the CPU's cache.


class Pairs(NamedTuple):
    r"""Which nodes each kernel joins.

    Args:
        source (torch.Tensor): The sender of each kernel :math:`(R)`.
        target (torch.Tensor): The receiver of each kernel :math:`(R)`.
        two_way (int): How many of the kernels, the first ones, also carry features from the target
            to the source. The way back has the offset :math:`-\mathbf{r}`, whose attributes with
            the orientation :math:`\mathbf{o}` are those of :math:`\mathbf{r}` with
            :math:`-\mathbf{o}`.
        antipode (torch.Tensor, optional): The place of :math:`-\mathbf{o}` for each orientation
            :math:`(O)`. Without it all stay in their places.
    """

    source: Tensor
    target: Tensor
    two_way: int
    antipode: Tensor | None

    def reverse(self) -> "Pairs":
        """The same with senders and receivers exchanged."""
        return self._replace(source=self.target, target=self.source)

    def part(self, start: int, stop: int) -> "Pairs":
        """Those of some of the kernels."""
        two_way = min(max(self.two_way - start, 0), stop - start)
        return self._replace(
            source=self.source[start:stop], target=self.target[start:stop], two_way=two_way
        )

    def flip(self, x: Tensor) -> Tensor:
        """Features :math:`(N, O, C)` at the opposite orientations."""
        return x if self.antipode is None else x.index_select(1, self.antipode)


def kernel_sum(kernel: Tensor, x: Tensor, pairs: Pairs) -> Tensor:
    r"""The sum of kernels times senders' features for every receiver.

    .. math::
        \mathbf{y}_i = \sum_{j \to i} \mathbf{k}_{ij} \odot \mathbf{x}_j

    Messages exist for some kernels at a time, and none is kept for the backward pass. All
    derivatives of any order are sums of the same kind.

    Args:
        kernel (torch.Tensor): Kernels :math:`(R, O, C)`.
        x (torch.Tensor): Features :math:`(N, O, C)`.
        pairs (Pairs): Which nodes each kernel joins.

    Returns:
        torch.Tensor: New features :math:`(N, O, C)`, of the type of the kernels.

    Examples:
        >>> kernel, x = torch.tensor([[[2.0]]]), torch.tensor([[[1.0]], [[10.0]]])
        >>> pairs = Pairs(torch.tensor([0]), torch.tensor([1]), two_way=1, antipode=None)
        >>> kernel_sum(kernel, x, pairs).view(-1)
        tensor([20.,  2.])
    """
    x = x.to(kernel.dtype)
    if torch.compiler.is_compiling():  # The compiler decides by itself what to keep.
        return _sum(kernel, x, pairs, whole=True)
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
        of_kernel = of_x = None
        if ctx.needs_input_grad[0]:
            of_kernel = _PairProduct.apply(x, grad, *ctx.pairs)
        if ctx.needs_input_grad[1]:
            of_x = _KernelSum.apply(kernel, grad, *ctx.pairs.reverse())
        return of_kernel, of_x, None, None, None, None


class _PairProduct(Function):
    r"""The products of senders' features of :obj:`x` and receivers' features of :obj:`y`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, *pairs: Any) -> Tensor:
        ctx.save_for_backward(x, y)
        ctx.pairs = Pairs(*pairs)
        return _product(x, y, ctx.pairs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, y = ctx.saved_tensors
        of_x = of_y = None
        if ctx.needs_input_grad[0]:
            of_x = _KernelSum.apply(grad, y, *ctx.pairs.reverse())
        if ctx.needs_input_grad[1]:
            of_y = _KernelSum.apply(grad, x, *ctx.pairs)
        return of_x, of_y, None, None, None, None


def _sum(kernel: Tensor, x: Tensor, pairs: Pairs, whole: bool = False) -> Tensor:
    out = _add(kernel, x, pairs.source, pairs.target, whole)
    if pairs.two_way > 0:
        target, source = pairs.target[: pairs.two_way], pairs.source[: pairs.two_way]
        back = _add(kernel[: pairs.two_way], pairs.flip(x), target, source, whole)
        out = out.add_(pairs.flip(back))
    return out.to(x.dtype)


def _add(kernel: Tensor, x: Tensor, source: Tensor, target: Tensor, whole: bool) -> Tensor:
    half = kernel.dtype in (torch.float16, torch.bfloat16)
    # Sums over many neighbours in half precision would lose small messages.
    out = torch.zeros_like(x, dtype=torch.float32 if half else x.dtype)
    if whole:
        return out.index_add(0, target, (kernel * x.index_select(0, source)).to(out.dtype))
    step = _rows(kernel)
    for start in range(0, source.numel(), step):
        part = slice(start, start + step)
        message = x.index_select(0, source[part]).mul_(kernel[part])
        out.index_add_(0, target[part], message.to(out.dtype))
    return out


def _product(x: Tensor, y: Tensor, pairs: Pairs) -> Tensor:
    out = x.new_empty(pairs.source.numel(), *x.shape[1:])
    flipped = (pairs.flip(x), pairs.flip(y)) if pairs.two_way > 0 else (x, y)
    step = _rows(x)
    for start in range(0, out.size(0), step):
        part, rows = pairs.part(start, start + step), out[start : start + step]
        torch.mul(x.index_select(0, part.source), y.index_select(0, part.target), out=rows)
        if part.two_way > 0:
            target, source = part.target[: part.two_way], part.source[: part.two_way]
            back = flipped[0].index_select(0, target)
            rows[: part.two_way].addcmul_(back, flipped[1].index_select(0, source))
    return out


def _rows(x: Tensor) -> int:
    """How many rows of messages may exist at a time."""
    row = max(x[0].numel() * x.element_size(), 1) if x.size(0) > 0 else 1
    return max(_BYTES.get(x.device.type, 2**28) // row, 1)
