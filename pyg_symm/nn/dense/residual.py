"""A perceptron that adds to a residual stream, with a backward pass of few passes."""

from typing import Any, cast

import torch
from torch import Tensor, nn

from .constant_unit import carry_bias, linear, linear_backward, silu_with_constant, split_bias
from .writing import silu_backward


def stream(x: Tensor, normed: Tensor, norm_residual: str) -> Tensor:
    r"""What updates are added to.

    Args:
        x (torch.Tensor): Features.
        normed (torch.Tensor): The same, normalised.
        norm_residual (str): ``"raw"`` for the first, ``"normed"`` for the second, as a view:
            compiled functions refuse one tensor as two inputs.
    """
    return normed.view_as(normed) if norm_residual == "normed" else x


def add_perceptron(base: Tensor, x: Tensor, perceptron: nn.Module) -> Tensor:
    r"""Adds :math:`W_2\, \mathrm{SiLU}(W_1 x + b_1) + b_2` to a tensor.

    Args:
        base (torch.Tensor): What to add to :math:`(\dots, C)`.
        x (torch.Tensor): What the perceptron reads :math:`(\dots, F)`.
        perceptron (torch.nn.Module): From :func:`~pyg_symm.nn.dense.mlp`.
    """
    first, _, last = cast(nn.Sequential, perceptron)
    return AddPerceptron.apply(base, x, first.weight, first.bias, last.weight, last.bias)


class AddPerceptron(torch.autograd.Function):
    """See :func:`add_perceptron`; the sum and the last bias are part of a product of matrices."""

    @staticmethod
    def forward(
        ctx: Any,
        base: Tensor,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        last_weight: Tensor,
        last_bias: Tensor,
    ) -> Tensor:
        inner, rows = linear(x, weight, bias)
        hidden = silu_with_constant(inner)
        last = carry_bias(last_weight, last_bias)
        ctx.save_for_backward(rows, inner, hidden, weight, last_weight)
        out = torch.addmm(base.reshape(-1, base.size(-1)), hidden, last.mT)
        return out.view_as(base)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        rows, inner, hidden, weight, last_weight = ctx.saved_tensors
        flat = grad.reshape(-1, grad.size(-1))
        of_last = split_bias(flat.mT @ hidden)
        to_inner = silu_backward(flat @ last_weight, inner)
        to_x = (to_inner @ weight).view(*grad.shape[:-1], weight.size(1))
        return grad, to_x, *linear_backward(to_inner, rows, weight), *of_last
