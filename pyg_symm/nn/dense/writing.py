"""Operators that write their result into a part of a larger tensor.

Hand-written backward passes join what follows as one product of matrices; results that are written
where they are needed save the copies of a concatenation.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

_TWO_REGISTERS = 128  # Bytes, with AVX-512.


def write(out: Tensor, operator: Callable, *args: Any) -> Tensor:
    """Writes the result of an operator that takes ``out`` into a part of a tensor.

    Returns:
        torch.Tensor: The result, to be used instead of ``out``. Compiled code does not write it:
        :func:`written` joins such results.
    """
    if torch.compiler.is_compiling():
        return operator(*args).contiguous()
    return operator(*args, out=out)


def written(whole: Tensor, dim: int, *parts: Tensor) -> Tensor:
    """A tensor all of whose parts along a dimension have been written by :func:`write`.

    Compiled code merges each operator with the copy to its place if the parts are joined at the
    end, but passes over the whole for each part that is written by itself.
    """
    if not torch.compiler.is_compiling():
        return whole
    if parts[0].dim() < whole.dim():
        return torch.stack(parts, dim)
    return torch.cat(parts, dim)


def dense(x: Tensor) -> Tensor:
    """A tensor, copied if a CPU would else compute functions of its entries one by one.

    It takes as many entries at a time as two registers hold, and of a part of a larger tensor never
    those of two rows. Copies are an order of magnitude cheaper than exponentials.
    """
    return x.contiguous() if _has_short_rows(x) else x


def copy(x: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A tensor as it is."""
    return x if out is None else out.copy_(x)


def silu(x: Tensor, *, out: Tensor | None = None) -> Tensor:
    """SiLU of a tensor."""
    if out is None:
        return torch.nn.functional.silu(x)
    if _has_short_rows(out):
        return out.copy_(torch.nn.functional.silu(x))
    return torch.ops.aten.silu.out(x, out=out)


def silu_backward(grad: Tensor, x: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The gradient of SiLU at a tensor, returned in the form that is read faster."""
    grad, x = dense(grad), dense(x)
    if out is None or _has_short_rows(out):
        result = torch.ops.aten.silu_backward.default(grad, x)
        if out is not None:
            out.copy_(result)
        return result
    return torch.ops.aten.silu_backward.grad_input(grad, x, grad_input=out)


def _has_short_rows(x: Tensor) -> bool:
    """Whether rows of a part of a larger tensor are not whole registers of a CPU."""
    if torch.compiler.is_compiling() or x.device.type != "cpu" or x.is_contiguous():
        return False
    return x.size(-1) * x.element_size() % _TWO_REGISTERS != 0
