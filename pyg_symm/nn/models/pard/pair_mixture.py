"""How the denoising head joins pairs with their nodes, with a backward pass of few passes."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.nn.dense.writing import silu_backward


class MixPairs(torch.autograd.Function):
    r"""Features of pairs and terms of their nodes, multiplied and added.

    With SiLU :math:`g` and terms :math:`s` of nodes, :math:`t = W e + w` and

    .. math::
        g(s + t + g(W_1 s + b_1) \odot g(W_2 t + b_2)).

    Shapes:
        - **input:** pairs :math:`(B, N, K, C)`, terms :math:`(B, N, K, D)`, then weight and bias
          of :math:`W`, :math:`W_1` and :math:`W_2`
        - **output:** :math:`(B, N, K, D)`
    """

    @staticmethod
    def forward(
        ctx: Any,
        e: Tensor,
        ends: Tensor,
        weight: Tensor,
        bias: Tensor,
        weight_first: Tensor,
        bias_first: Tensor,
        weight_second: Tensor,
        bias_second: Tensor,
    ) -> Tensor:
        pairs, rows = e.flatten(1, 2), ends.reshape(-1, ends.size(-1))
        # A product for each graph: all pairs of graphs are not one matrix where planes lie between.
        pair = torch.baddbmm(bias, pairs, weight.mT.expand(len(e), -1, -1)).view_as(rows)
        first = torch.addmm(bias_first, rows, weight_first.mT)
        second = torch.addmm(bias_second, pair, weight_second.mT)
        gates = F.silu(first), F.silu(second)
        total = torch.addcmul(rows + pair, *gates)
        ctx.save_for_backward(
            pairs, rows, pair, first, second, *gates, total, weight, weight_first, weight_second
        )
        return F.silu(total).view_as(ends)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        pairs, rows, pair, first, second, *saved = ctx.saved_tensors
        gate_first, gate_second, total, weight, weight_first, weight_second = saved
        grad, shape = silu_backward(grad.reshape_as(total), total), grad.shape
        to_first = silu_backward(grad * gate_second, first)
        to_second = silu_backward(grad * gate_first, second)
        to_ends = torch.addmm(grad, to_first, weight_first)
        to_pair = torch.addmm(grad, to_second, weight_second)
        by_graph = to_pair.view(len(pairs), -1, shape[-1])
        to_e = torch.bmm(by_graph, weight.expand(len(pairs), -1, -1))
        return (
            to_e.view(*shape[:-1], -1),
            to_ends.view(shape),
            torch.bmm(by_graph.mT, pairs).sum(0),
            to_pair.sum(0),
            to_first.mT @ rows,
            to_first.sum(0),
            to_second.mT @ pair,
            to_second.sum(0),
        )
