"""Half precision under autocast, with every parameter cast once a call."""

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call


def cast_once(forward: Callable) -> Callable:
    r"""Lets the forward pass of a module run in half precision from end to end under autocast.

    Autocast converts the operands of every operator: normalisation returns float32, which the next
    linear map converts back, and each weight is converted by itself. Here all parameters of the
    module are converted together, and activations stay in half precision. Operators that need
    more, such as the statistics of a normalisation, compute in float32 inside. Without autocast
    nothing changes.

    Args:
        forward (Callable): The method ``forward`` of a :class:`torch.nn.Module`, which converts
            its inputs itself where it has to.
    """

    @functools.wraps(forward)
    def wrapped(self: nn.Module, *args: Any) -> Any:
        kind = next(self.parameters()).device.type
        if not torch.is_autocast_enabled(kind):
            return forward(self, *args)
        dtype = torch.get_autocast_dtype(kind)
        with torch.autocast(kind, enabled=False):
            return functional_call(self, cast_parameters(self, dtype), args)

    return wrapped


def cast_parameters(module: nn.Module, dtype: torch.dtype) -> dict[str, Tensor]:
    """All parameters of a module by name, converted together; gradients flow back to them."""
    names, values = zip(*module.named_parameters(), strict=True)
    if not torch.compiler.is_compiling():
        return dict(zip(names, _Convert.apply(dtype, *values), strict=True))
    # Compiled code joins all parameters in one kernel.
    flat = torch.cat([value.reshape(-1) for value in values]).to(dtype)
    parts = flat.split([value.numel() for value in values])
    shaped = [part.view_as(value) for part, value in zip(parts, values, strict=True)]
    return dict(zip(names, shaped, strict=True))


class _Convert(torch.autograd.Function):
    """Converts tensors together, and their gradients back."""

    @staticmethod
    def forward(ctx: Any, dtype: torch.dtype, *values: Tensor) -> tuple[Tensor, ...]:
        ctx.dtype = values[0].dtype
        return _convert(values, dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        return None, *_convert(grads, ctx.dtype)


def _convert(values: tuple[Tensor, ...], dtype: torch.dtype) -> tuple[Tensor, ...]:
    out = [torch.empty(value.shape, dtype=dtype, device=value.device) for value in values]
    torch._foreach_copy_(out, list(values))
    return tuple(out)


def look_up(table: Tensor, index: Tensor) -> Tensor:
    r"""Rows of a table, under autocast in half precision; the table sums gradients in its own.

    Args:
        table (torch.Tensor): The rows :math:`(R, C)`.
        index (torch.Tensor): Which of them :math:`(\dots)`.
    """
    kind = table.device.type
    if not torch.is_autocast_enabled(kind):
        return nn.functional.embedding(index, table)
    return _LookUp.apply(table, index, torch.get_autocast_dtype(kind))


class _LookUp(torch.autograd.Function):
    """See :func:`look_up`."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, index: Tensor, dtype: torch.dtype) -> Tensor:
        ctx.save_for_backward(index)
        ctx.dtype, ctx.rows = table.dtype, table.size(0)
        return table.to(dtype)[index]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (index,) = ctx.saved_tensors
        backward = torch.ops.aten.embedding_dense_backward
        return backward(grad.to(ctx.dtype), index, ctx.rows, -1, False), None, None
