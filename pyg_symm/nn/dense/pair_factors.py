"""Left and right factors of all pairs, with a backward pass of few passes over pairs."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

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
        inner = F.linear(e, weight, bias)
        left, right, flipped = inner.split(c, dim=-1)
        both = left + flipped.transpose(2, 3)
        right = dense(right)
        hidden_left, hidden_right = F.silu(both), F.silu(right)
        ctx.save_for_backward(e, both, right, weight, hidden_left, hidden_right, last[0], last[2])
        return (
            _channels_first(hidden_left, last[0], last[1]),
            _channels_first(hidden_right, last[2], last[3]),
        )

    @staticmethod
    def backward(ctx: Any, grad_u: Tensor, grad_v: Tensor) -> tuple[Tensor, ...]:
        e, both, right, weight, hidden_left, hidden_right, last_left, last_right = ctx.saved_tensors
        c = e.size(-1)
        grad = e.new_empty(*e.shape[:-1], 3 * c)
        to_left, to_right, to_flipped = grad.split(c, dim=-1)
        through, *of_left = _backward_last(grad_u, hidden_left, last_left)
        left = write(to_left, silu_backward, through, both)
        through, *of_right = _backward_last(grad_v, hidden_right, last_right)
        right = write(to_right, silu_backward, through, right)
        flipped = write(to_flipped, copy, left.transpose(2, 3))
        flat = written(grad, -1, left, right, flipped).view(-1, 3 * c)
        there, to_weight_right, back = (flat.mT @ e.view(-1, c)).split(c)
        bias_left, bias_right = flat[:, : 2 * c].sum(0).split(c)
        to_weight_left = torch.cat([there, back], dim=1)
        to_e = (flat @ weight).view_as(e)
        return to_e, to_weight_left, bias_left, to_weight_right, bias_right, *of_left, *of_right


def _channels_first(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A linear map that moves the channels before the pairs."""
    out = torch.baddbmm(bias.unsqueeze(-1), weight.expand(x.size(0), -1, -1), x.flatten(1, -2).mT)
    return out.unflatten(2, x.shape[1:-1])


def _backward_last(grad: Tensor, hidden: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of the hidden layer, weight and bias of a map that moves the channels."""
    grad = grad.flatten(2)  # [B, C, pairs]
    to_hidden = torch.bmm(grad.mT, weight.expand(grad.size(0), -1, -1)).view_as(hidden)
    to_weight = torch.bmm(grad, hidden.flatten(1, -2)).sum(0)
    return to_hidden, to_weight, grad.sum((0, 2))
