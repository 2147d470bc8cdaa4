"""Attention over pairs of nodes, with a backward pass of few passes over pairs."""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .layout import BlockLayout
from .writing import silu_backward, write, write_silu_backward


class AttentionMasks(NamedTuple):
    r"""Masks of a layout as attention reads them, for tensors of :math:`P` planes; a stack has
    them once.

    Attributes:
        seen: Whether :math:`p` sees :math:`k` :math:`(B, 1, N, 1, N)`.
        late: Whether :math:`k` sees :math:`p`, where planes 0 and 1 differ :math:`(B, N, N, 1)`.
        rows: From which plane a pair of plane 1 takes its first node :math:`(B N, N, 2)`, and
        cols: its second one :math:`(B, 2, N, N, 1)`.
        reads: What a node of a plane reads of each plane :math:`(B, 1, P, N, P, N)`.
        own: What it reads of plane 1 :math:`(B, P, N, 1, N)`.
    """

    seen: Tensor
    late: Tensor
    rows: Tensor
    cols: Tensor
    reads: Tensor
    own: Tensor

    @classmethod
    def of(cls, layout: BlockLayout, planes: int, dtype: torch.dtype) -> "AttentionMasks":
        """From a layout."""
        seen = layout.seen[:, 0]
        late = seen.mT.unsqueeze(-1)
        rows = torch.stack([~seen, seen], dim=-1).to(dtype)
        cols = rows.permute(0, 3, 2, 1).unsqueeze(-1)
        reads, own = layout.seen.unsqueeze(3), torch.zeros_like(layout.seen)
        if planes == 2:
            first = torch.stack([seen, own[:, 0]], dim=2)
            second = torch.stack([layout.earlier[:, 0], layout.same[:, 0]], dim=2)
            reads = torch.stack([first, second], dim=1)
            own = torch.cat([own, layout.same], dim=1)
        return cls(
            layout.seen.unsqueeze(3),
            late,
            rows.flatten(0, 1),
            cols,
            reads.to(dtype).unsqueeze(1),
            own.unsqueeze(3),
        )


class AttendPairs(torch.autograd.Function):
    r"""What nodes read of the nodes they see, and the update of pairs.

    With terms :math:`q`, :math:`k` and :math:`v` of nodes,

    .. math::
        h_{pk} &= q_p + k_k, \quad z = g(E_k e + g(h) \odot E_q e + h), \quad
        a_{p \cdot} = \mathrm{softmax}_k(W_a z_{pk}), \\
        y_p &= \Big\Vert_{\text{heads}} \sum_k a_{pk} (v_k + V_e z_{pk}), \quad
        \Delta e = W_e z.

    Shapes:
        - **input:** pairs :math:`(B, P, N, N, C)`; terms :math:`q`, :math:`k`
          :math:`(B, P, N, C)` and :math:`v` :math:`(B, P, N, D)`; weight and bias of
          :math:`[E_q, E_k]`, of :math:`W_e` and of :math:`W_a` with :math:`H` heads, weight
          :math:`V_e`; masks
        - **output:** :math:`\Delta e` :math:`(B, P, N, N, C)` and :math:`y` :math:`(B, P, N, D)`
    """

    @staticmethod
    def forward(
        ctx: Any,
        e: Tensor,
        query: Tensor,
        key: Tensor,
        value: Tensor,
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
        inner = F.linear(e, weight_in, bias_in)
        h = _outer(query, key, mask)
        gate = F.silu(h)
        scale, before = inner.split(c, dim=-1)
        before = (before + h).addcmul_(gate, scale)
        z = F.silu(before)
        update, logits = F.linear(z, weight_out, bias_out), F.linear(z, weight_a, bias_a)
        # A finite fill: rows of padding would turn into NaN.
        weights = logits.mT.masked_fill(~mask.seen, -1e4).softmax(-1)  # [B, P, N, H, N]
        message = torch.bmm(weights.flatten(0, 2), z.flatten(0, 2))  # [B P N, H, C]
        reads = e.new_empty(b, heads, p, n, p, n)
        write(reads, torch.mul, weights.permute(0, 3, 1, 2, 4).unsqueeze(4), mask.reads)
        values = _by_head(value, heads)
        read = torch.bmm(reads.view(b * heads, p * n, p * n), values)
        of_pairs = torch.bmm(message.transpose(0, 1), _per_head(weight_value, heads).mT)
        total = value.new_empty(b, p, n, heads, values.size(-1))
        write(
            total,
            torch.add,
            read.view(b, heads, p, n, -1).permute(0, 2, 3, 1, 4),
            of_pairs.view(heads, b, p, n, -1).permute(1, 2, 3, 0, 4),
        )
        ctx.save_for_backward(
            e, scale, before, h, gate, z, weights, message, reads, values,
            weight_in, weight_out, weight_a, weight_value, *masks,
        )  # fmt: skip
        return update, total.flatten(3)

    @staticmethod
    def backward(ctx: Any, grad: Tensor, grad_read: Tensor) -> tuple[Tensor | None, ...]:
        e, scale, before, h, gate, z, weights, message, reads, values, *saved = ctx.saved_tensors
        weight_in, weight_out, weight_a, weight_value, *masks = saved
        mask, heads = AttentionMasks(*masks), weight_a.size(0)
        b, p, n, _, c = e.shape

        grad_read = grad_read.contiguous()
        by_head = grad_read.view(b * p * n, heads, -1).transpose(0, 1)
        to_weight_value = torch.bmm(by_head.mT, message.transpose(0, 1)).flatten(0, 1)
        to_message = torch.bmm(by_head, _per_head(weight_value, heads)).transpose(0, 1)
        by_head = _by_head(grad_read, heads)
        to_value = torch.bmm(reads.view(b * heads, p * n, p * n).mT, by_head)
        to_value = to_value.view(b, heads, p, n, -1).permute(0, 2, 3, 1, 4).flatten(3)
        to_reads = torch.bmm(by_head, values.mT).view_as(reads).permute(0, 2, 3, 1, 4, 5)
        to_weights = torch.empty_like(weights)
        write(to_weights, torch.where, mask.own, to_reads[:, :, :, :, -1], to_reads[:, :, :, :, 0])
        to_weights.flatten(0, 2).baddbmm_(to_message, z.flatten(0, 2).mT)
        to_logits = torch.ops.aten._softmax_backward_data(to_weights, weights, -1, weights.dtype)
        to_rows = to_logits.new_empty(b, p, n, n, heads)
        to_logits = write(to_rows, torch.mul, to_logits.mT, mask.seen.mT).view(-1, heads)

        flat, flat_z = grad.reshape(-1, c), z.view(-1, c)
        to_weight_out, to_weight_a = flat.mT @ flat_z, to_logits.mT @ flat_z
        to_z = torch.addmm(flat @ weight_out, to_logits, weight_a)
        to_z.view(-1, n, c).baddbmm_(weights.flatten(0, 2).mT, to_message)
        to_z = to_z.view_as(h)

        to_inner = e.new_empty(b, p, n, n, 2 * c)
        to_scale, to_before = to_inner.split(c, dim=-1)
        write_silu_backward(to_before, to_z, before)
        write(to_scale, torch.mul, to_before, gate)
        to_h = silu_backward(to_before * scale, h).add_(to_before)
        to_query, to_key = _outer_backward(to_h, mask)
        inner_rows = to_inner.view(-1, 2 * c)
        return (
            (inner_rows @ weight_in).view_as(e),
            to_query,
            to_key,
            to_value,
            inner_rows.mT @ e.reshape(-1, c),
            inner_rows.sum(0),
            to_weight_out,
            flat.sum(0),
            to_weight_a,
            to_logits.sum(0),
            to_weight_value,
            *[None] * len(masks),
        )


def _outer(query: Tensor, key: Tensor, mask: AttentionMasks) -> Tensor:
    """Sums of a term of the first and of the second node, of all pairs."""
    b, p, n, c = query.shape
    h = query.new_empty(b, p, n, n, c)
    write(h[:, 0], torch.add, query[:, 0].unsqueeze(2), key[:, 0].unsqueeze(1))
    if p == 2:
        # In plane 1 the earlier node of a pair is the finished one.
        rows, cols = query.unsqueeze(3).unbind(1), key.unsqueeze(2).unbind(1)
        late = torch.where(mask.late.transpose(1, 2), rows[1], rows[0])
        write(h[:, 1], torch.add, late, torch.where(mask.late, cols[1], cols[0]))
    return h


def _outer_backward(grad: Tensor, mask: AttentionMasks) -> tuple[Tensor, Tensor]:
    """Gradients of both terms."""
    b, p, n, _, c = grad.shape
    if p == 1:
        return grad.sum(3), grad.sum(2)
    to_query = torch.bmm(mask.rows.mT, grad[:, 1].reshape(b * n, n, c)).view(b, n, 2, c)
    to_query[:, :, 0].add_(grad[:, 0].sum(2))
    to_key = (grad[:, 1:] * mask.cols).sum(2)
    to_key[:, 0].add_(grad[:, 0].sum(1))
    return to_query.transpose(1, 2), to_key


def _by_head(x: Tensor, heads: int) -> Tensor:
    """Nodes of both planes, head by head :math:`(B H, P N, d)`."""
    x = x.unflatten(-1, (heads, -1)).permute(0, 3, 1, 2, 4)
    return x.reshape(x.size(0) * heads, -1, x.size(-1))


def _per_head(weight: Tensor, heads: int) -> Tensor:
    return weight.unflatten(0, (heads, -1))
