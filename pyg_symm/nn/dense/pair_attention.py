"""Attention over pairs of nodes, with a backward pass of few passes over pairs."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .attention_masks import AttentionMasks
from .constant_unit import WIDTH, carry_bias, linear, linear_backward, split_bias
from .pair_gates import PairGates, sum_ends_backward
from .writing import copy, write, written


class AttendPairs(torch.autograd.Function):
    r"""What nodes read of the nodes they see, and updated pairs.

    With terms :math:`q`, :math:`k` and :math:`v` of nodes,

    .. math::
        h_{pk} &= q_p + k_k, \quad z = g(E_k e + g(h) \odot E_q e + h), \quad
        a_{p \cdot} = \mathrm{softmax}_k(W_a z_{pk}), \\
        y_p &= \Big\Vert_{\text{heads}} \sum_k a_{pk} (v_k + V_e z_{pk}), \quad
        r \gets r + W_e z.

    Biases of maps of :math:`z` are parts of its products, see
    :mod:`~pyg_symm.nn.dense.constant_unit`.

    Shapes:
        - **input:** residual stream :math:`r` and pairs :math:`e` :math:`(B, P, N, N, C)`; terms
          :math:`[q, k, v]` :math:`(B, P, N, 2C + D)`; weight and bias of :math:`[E_q, E_k]`, of
          :math:`W_e` and of :math:`W_a` with :math:`H` heads, weight :math:`V_e`; masks
        - **output:** :math:`r` :math:`(B, P, N, N, C)` and :math:`y` :math:`(B, P, N, D)`
    """

    @staticmethod
    def forward(
        ctx: Any,
        base: Tensor,
        e: Tensor,
        terms: Tensor,
        weight_in: Tensor,
        bias_in: Tensor,
        weight_out: Tensor,
        bias_out: Tensor,
        weight_a: Tensor,
        bias_a: Tensor,
        weight_value: Tensor,
        *masks: Tensor,
    ) -> tuple[Tensor, Tensor]:
        mask, heads = AttentionMasks(*masks), weight_a.size(0)
        b, p, n, _, c = e.shape
        inner, rows_in = linear(e, weight_in, bias_in)
        inner, value = inner.view(b, p, n, n, 2 * c), terms[..., 2 * c :]
        gates = PairGates.of(inner, terms[..., : 2 * c], mask)
        z = F.silu(gates.before)
        flat_z, z = z.view(-1, c + WIDTH), z[..., :c]
        updated = torch.addmm(base.reshape(-1, c), flat_z, carry_bias(weight_out, bias_out).mT)
        logits = (flat_z @ carry_bias(weight_a, bias_a).mT).view(b, p, n, n, heads)
        # A finite fill: rows of padding would turn into NaN.
        weights = logits.mT.masked_fill(~mask.seen, -1e4).softmax(-1)  # [B, P, N, H, N]
        message = torch.bmm(weights.flatten(0, 2), z.flatten(0, 2))  # [B P N, H, C]
        reads = e.new_empty(b, heads, p, n, p, n)
        reads = write(reads, torch.mul, weights.permute(0, 3, 1, 2, 4).unsqueeze(4), mask.reads)
        values = _by_head(value, heads)
        read = torch.bmm(reads.view(b * heads, p * n, p * n), values)
        of_pairs = torch.bmm(message.transpose(0, 1), _per_head(weight_value, heads).mT)
        total = write(
            value.new_empty(b, p, n, heads, values.size(-1)),
            torch.add,
            read.view(b, heads, p, n, -1).permute(0, 2, 3, 1, 4),
            of_pairs.view(heads, b, p, n, -1).permute(1, 2, 3, 0, 4),
        )
        kept = (inner, terms) if torch.compiler.is_compiling() else gates
        ctx.save_for_backward(
            rows_in, flat_z, weights, message, reads, values,
            weight_in, weight_out, weight_a, weight_value, *masks, *kept,
        )  # fmt: skip
        return updated.view_as(base), total.flatten(3)

    @staticmethod
    def backward(ctx: Any, grad: Tensor, grad_read: Tensor) -> tuple[Tensor | None, ...]:
        rows_in, flat_z, weights, message, reads, values, *saved = ctx.saved_tensors
        weight_in, weight_out, weight_a, weight_value, *saved = saved
        num = len(AttentionMasks._fields)
        mask, gates, heads = AttentionMasks(*saved[:num]), saved[num:], weight_a.size(0)
        b, p, n, _, c = grad.shape
        z = flat_z[:, :c]
        to_terms = grad_read.new_empty(b, p, n, 2 * c + grad_read.size(-1))
        of_terms = to_terms.split([c, c, grad_read.size(-1)], dim=-1)
        reading = z, weights, message, reads, values, weight_a, weight_value
        to_value, to_weight_value, rows, columns = _read_backward(
            of_terms[2], grad_read.contiguous(), mask, *reading
        )

        flat = grad.reshape(-1, c)
        of_out = split_bias(flat.mT @ flat_z)
        of_a = split_bias(rows.view(-1, 2 * heads)[:, :heads].mT @ flat_z)
        to_z = (flat @ weight_out).view(-1, n, c).baddbmm_(rows, columns).view_as(grad)

        if torch.compiler.is_compiling():
            gates = PairGates.again(gates[0], gates[1][..., : 2 * c], mask)
        to_inner, to_h = PairGates(*gates).backward(to_z)
        of_nodes = sum_ends_backward(of_terms[0], of_terms[1], to_h, mask)
        to_terms = written(to_terms, -1, *of_nodes, to_value)
        to_inner = to_inner.view(-1, 2 * c)
        return (
            grad,
            (to_inner @ weight_in).view_as(grad),
            to_terms,
            *linear_backward(to_inner, rows_in, weight_in),
            *of_out,
            *of_a,
            to_weight_value,
            *[None] * num,
        )


def _read_backward(
    to_value: Tensor,
    grad: Tensor,
    mask: AttentionMasks,
    z: Tensor,
    weights: Tensor,
    message: Tensor,
    reads: Tensor,
    values: Tensor,
    weight_a: Tensor,
    weight_value: Tensor,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gradients of values, written into a tensor, and of :math:`V_e`; and two factors of that of
    pairs, through logits and through messages: :math:`[l, a]` of each pair, which begins with the
    gradient of its logits, and :math:`[W_a, m]` of each node.
    """
    b, p, n, heads, _ = weights.shape
    c = z.size(-1)
    by_head = grad.view(b * p * n, heads, -1).transpose(0, 1)
    to_weight_value = torch.bmm(by_head.mT, message.transpose(0, 1)).flatten(0, 1)
    rows, columns = z.new_empty(b * p * n, n, 2 * heads), z.new_empty(b * p * n, 2 * heads, c)
    of_logits = write(columns[:, :heads], copy, weight_a.expand(len(columns), -1, -1))
    to_message = columns[:, heads:].transpose(0, 1)
    to_message = write(to_message, torch.bmm, by_head, _per_head(weight_value, heads))
    to_message = to_message.transpose(0, 1)
    by_head = _by_head(grad, heads)
    of_nodes = torch.bmm(reads.view(b * heads, p * n, p * n).mT, by_head)
    of_nodes = of_nodes.view(b, heads, p, n, -1).permute(0, 2, 3, 1, 4)
    to_value = write(to_value.unflatten(-1, (heads, -1)), copy, of_nodes).flatten(3)
    to_reads = torch.bmm(by_head, values.mT).view_as(reads).permute(0, 2, 3, 1, 4, 5)
    finished, noisy = to_reads[:, :, :, :, 0], to_reads[:, :, :, :, -1]
    to_weights = write(torch.empty_like(weights), torch.where, mask.own, noisy, finished)
    to_weights.flatten(0, 2).baddbmm_(to_message, z.view(-1, n, c).mT)
    to_logits = torch.ops.aten._softmax_backward_data(to_weights, weights, -1, weights.dtype)
    to_logits = write(
        rows.view(b, p, n, n, -1)[..., :heads], torch.mul, to_logits.mT, mask.seen.mT
    ).flatten(0, 2)
    of_message = write(rows[..., heads:], copy, weights.flatten(0, 2).mT)
    rows, columns = (
        written(rows, -1, to_logits, of_message),
        written(columns, 1, of_logits, to_message),
    )
    return to_value, to_weight_value, rows, columns


def _by_head(x: Tensor, heads: int) -> Tensor:
    """Nodes of both planes, head by head :math:`(B H, P N, d)`."""
    x = x.unflatten(-1, (heads, -1)).permute(0, 3, 1, 2, 4)
    return x.reshape(x.size(0) * heads, -1, x.size(-1))


def _per_head(weight: Tensor, heads: int) -> Tensor:
    return weight.unflatten(0, (heads, -1))
