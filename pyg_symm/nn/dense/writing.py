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
    """Writes the result of an operator that takes ``out`` into a tensor, often a view."""
    if torch.compiler.is_compiling():  # Compiled code merges the copy with the operator.
        return out.copy_(operator(*args))
    return operator(*args, out=out)


def dense(x: Tensor) -> Tensor:
    """A tensor, copied if a CPU would else compute functions of its entries one by one.

    It takes as many entries at a time as two registers hold, and of a part of a larger tensor never
    those of two rows. Copies are an order of magnitude cheaper than exponentials.
    """
    return x.contiguous() if _has_short_rows(x) else x


def write_silu(out: Tensor, x: Tensor) -> None:
    """Writes SiLU of a tensor."""
    if torch.compiler.is_compiling() or _has_short_rows(out):
        out.copy_(torch.nn.functional.silu(x))
    else:
        torch.ops.aten.silu.out(x, out=out)


def silu_backward(grad: Tensor, x: Tensor) -> Tensor:
    """The gradient of SiLU at a tensor."""
    return torch.ops.aten.silu_backward.default(dense(grad), dense(x))


def write_silu_backward(out: Tensor, grad: Tensor, x: Tensor) -> Tensor:
    """Writes the gradient of SiLU at a tensor, and returns it in the form that is read faster."""
    if torch.compiler.is_compiling():
        return out.copy_(silu_backward(grad, x))
    if _has_short_rows(out):
        result = silu_backward(grad, x)
        out.copy_(result)
        return result
    return torch.ops.aten.silu_backward.grad_input(dense(grad), dense(x), grad_input=out)


def _has_short_rows(x: Tensor) -> bool:
    """Whether rows of a part of a larger tensor are not whole registers of a CPU."""
    if torch.compiler.is_compiling() or x.device.type != "cpu" or x.is_contiguous():
        return False
    return x.size(-1) * x.element_size() % _TWO_REGISTERS != 0
