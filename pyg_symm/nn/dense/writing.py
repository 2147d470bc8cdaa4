"""Operators that write their result into a part of a larger tensor.

Hand-written backward passes join what follows as one product of matrices; results that are written
where they are needed save the copies of a concatenation.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def write(out: Tensor, operator: Callable, *args: Any) -> Tensor:
    """Writes the result of an operator that takes ``out`` into a tensor, often a view."""
    if torch.compiler.is_compiling():  # Compiled code merges the copy with the operator.
        return out.copy_(operator(*args))
    return operator(*args, out=out)


def write_silu(out: Tensor, x: Tensor) -> Tensor:
    """Writes SiLU of a tensor."""
    if torch.compiler.is_compiling():
        return out.copy_(torch.nn.functional.silu(x))
    return torch.ops.aten.silu.out(x, out=out)


def silu_backward(grad: Tensor, x: Tensor) -> Tensor:
    """The gradient of SiLU at a tensor."""
    return torch.ops.aten.silu_backward.default(grad, x)


def write_silu_backward(out: Tensor, grad: Tensor, x: Tensor) -> Tensor:
    """Writes the gradient of SiLU at a tensor."""
    if torch.compiler.is_compiling():
        return out.copy_(silu_backward(grad, x))
    return torch.ops.aten.silu_backward.grad_input(grad, x, grad_input=out)
