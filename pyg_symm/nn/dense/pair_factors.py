"""Left and right factors of all pairs, with a backward pass of few passes over pairs."""

from typing import Any

import torch
from torch import Tensor

from .constant_unit import carry_bias, hidden_units, linear, linear_backward, split_bias
from .writing import copy, dense, silu_backward, write, written


class FactorPairs(torch.autograd.Function):
    r"""Two perceptrons on features of pairs, one of which reads both directions.

    .. math::
        u = W_u\, \mathrm{SiLU}(A [e, e^\top] + a) + b_u, \quad
        v = W_v\, \mathrm{SiLU}(R e + r) + b_v

    One linear map computes the three parts of both hidden layers, and one its gradient. Channels
    of the factors come before pairs, so that their products need no copies.

    Shapes:
        - **input:** pairs :math:`(B, P, N, N, C)`, then weight and bias of the two hidden and the
          two last layers: left, right, left, right
        - **output:** left and right factors :math:`(B, C, P, N, N)`
    """

    @staticmethod
    def forward(
        ctx: Any,
        e: Tensor,
        weight_left: Tensor,
        bias_left: Tensor,
        weight_right: Tensor,
        bias_right: Tensor,
        *last: Tensor,
    ) -> tuple[Tensor, Tensor]:
        c = e.size(-1)
        there, back = weight_left.split(c, dim=1)
        weight = torch.cat([there, weight_right, back])
        bias = torch.cat([bias_left, bias_right, torch.zeros_like(bias_left)])
        inner, rows = linear(e, weight, bias)
        left, right, flipped = inner.view(*e.shape[:-1], -1).split(c, dim=-1)
        both = left + flipped.transpose(2, 3)
        right = dense(right)
        hidden = hidden_units(both), hidden_units(right)
        ctx.save_for_backward(rows, both, right, weight, *hidden, last[0], last[2])
        return (
            _channels_first(hidden[0], last[0], last[1]),
            _channels_first(hidden[1], last[2], last[3]),
        )

    @staticmethod
    def backward(ctx: Any, grad_u: Tensor, grad_v: Tensor) -> tuple[Tensor, ...]:
        rows, both, right, weight, *hidden, last_left, last_right = ctx.saved_tensors
        c = both.size(-1)
        grad = both.new_empty(*both.shape[:-1], 3 * c)
        to_left, to_right, to_flipped = grad.split(c, dim=-1)
        through, *of_left = _backward_last(grad_u, hidden[0], last_left)
        left = write(to_left, silu_backward, through, both)
        through, *of_right = _backward_last(grad_v, hidden[1], last_right)
        right = write(to_right, silu_backward, through, right)
        flipped = write(to_flipped, copy, left.transpose(2, 3))
        flat = written(grad, -1, left, right, flipped).view(-1, 3 * c)
        to_weight, to_bias = linear_backward(flat, rows, weight, 2 * c)
        there, to_weight_right, back = to_weight.split(c)
        bias_left, bias_right = to_bias.split(c)
        to_weight_left = torch.cat([there, back], dim=1)
        to_e = (flat @ weight).view_as(both)
        return to_e, to_weight_left, bias_left, to_weight_right, bias_right, *of_left, *of_right


def _channels_first(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A linear map that moves the channels before the pairs."""
    rows = x.flatten(1, -2).mT
    if x.size(-1) == weight.size(1):
        out = torch.baddbmm(bias.unsqueeze(-1), weight.expand(len(x), -1, -1), rows)
    else:
        out = torch.bmm(carry_bias(weight, bias).expand(len(x), -1, -1), rows)
    return out.unflatten(2, x.shape[1:-1])


def _backward_last(grad: Tensor, hidden: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of the hidden layer, weight and bias of a map that moves the channels."""
    grad = grad.flatten(2)  # [B, C, pairs]
    to_hidden = torch.bmm(grad.mT, weight.expand(grad.size(0), -1, -1))
    to_hidden = to_hidden.view(*hidden.shape[:-1], -1)
    to_weight = torch.bmm(grad, hidden.flatten(1, -2)).sum(0)
    if hidden.size(-1) == weight.size(1):
        return to_hidden, to_weight, grad.sum((0, 2))
    return to_hidden, *split_bias(to_weight)
