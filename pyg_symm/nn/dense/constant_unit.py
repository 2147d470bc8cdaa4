r"""A unit that is constant, so that products of matrices also carry the bias behind it.

A linear map behind SiLU :math:`g` reads :math:`[g(a), g(c)]` with :math:`g(c) = 1` and has the
weight :math:`[W, b]`. One product then adds the bias, may add to a residual stream where it would
add a bias, and the product that gives the gradient of the weight gives that of the bias: neither
needs a pass over all pairs. Further units keep rows of half precision aligned.

Other linear maps read such units in compiled code alone: the kernel that normalises their input
writes the units too, which eager code would have to copy all pairs for.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .writing import silu, write

WIDTH = 8
_VALUE = 1.2784645427610738  # SiLU of it is 1.


def silu_with_constant(x: Tensor) -> Tensor:
    """SiLU of a tensor :math:`(\\dots, C)`, and the constant units behind it."""
    return _with_constant(x, 1.0, silu, x)


def with_constant(like: Tensor, operator: Callable, *args: Any) -> Tensor:
    """The result of an operator that takes ``out``, shaped like a tensor, as it enters SiLU: with
    what makes the units behind it constant.
    """
    return _with_constant(like, _VALUE, operator, *args)


def _with_constant(like: Tensor, value: float, operator: Callable, *args: Any) -> Tensor:
    if torch.compiler.is_compiling():
        return F.pad(operator(*args), (0, WIDTH), value=value)
    out = like.new_empty(*like.shape[:-1], like.size(-1) + WIDTH)
    out[..., -WIDTH:] = value
    write(out[..., :-WIDTH], operator, *args)
    return out


def hidden_units(x: Tensor) -> Tensor:
    """SiLU of a tensor, with constant units in compiled code, to which these cost nothing."""
    return silu_with_constant(x) if torch.compiler.is_compiling() else F.silu(x)


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """A linear map of all rows of a tensor, and the rows as :func:`linear_backward` reads them."""
    rows = x.reshape(-1, x.size(-1))
    if not torch.compiler.is_compiling():
        return torch.addmm(bias, rows, weight.mT), rows
    rows = F.pad(rows, (0, WIDTH), value=1.0)
    return rows @ carry_bias(weight, bias).mT, rows


def linear_backward(
    grad: Tensor, rows: Tensor, weight: Tensor, biases: int | None = None
) -> tuple[Tensor, Tensor]:
    """Gradients of weight and bias of :func:`linear`, the latter of its first entries only."""
    to_weight = grad.mT @ rows
    if rows.size(1) == weight.size(1):
        return to_weight, grad[:, :biases].sum(0)
    to_weight, to_bias = split_bias(to_weight)
    return to_weight, to_bias[:biases]


def carry_bias(weight: Tensor, bias: Tensor) -> Tensor:
    """Weight of the linear map behind SiLU, with columns for the constant units."""
    bias = bias.unsqueeze(1)
    if torch.compiler.is_compiling():  # One kernel; parts to join would be written one by one.
        return F.pad(weight, (0, WIDTH)) + F.pad(bias, (weight.size(1), WIDTH - 1))
    return F.pad(torch.cat([weight, bias], dim=1), (0, WIDTH - 1))


def split_bias(grad: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of weight and bias from that of :func:`carry_bias`."""
    return grad[:, :-WIDTH], grad[:, -WIDTH]
