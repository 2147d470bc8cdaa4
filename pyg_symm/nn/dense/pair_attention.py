"""Attention over pairs of nodes, with a backward pass of few passes over pairs."""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .constant_unit import WIDTH, carry_bias, linear, linear_backward, split_bias, with_constant
from .layout import BlockLayout
from .writing import copy, silu_backward, write, written


class AttentionMasks(NamedTuple):
    r"""Masks of a layout as attention reads them, for tensors of :math:`P` planes; a stack has
    them once.

    Attributes:
        seen: Whether :math:`p` sees :math:`k` :math:`(B, 1, N, 1, N)`.
        ends: Rows of a table of the terms of nodes that each pair sums :math:`(2 B P N N)`.
        offsets: Where the two rows of each pair begin in there :math:`(B P N N)`.
        rows: From which plane a pair takes its first node :math:`(B P N, N, P)`, and
        cols: from which one of plane 1 its second node :math:`(B, 2, N, N, 1)`.
        reads: What a node of a plane reads of each plane :math:`(B, 1, P, N, P, N)`.
        own: What it reads of plane 1 :math:`(B, P, N, 1, N)`.
    """

    seen: Tensor
    ends: Tensor
    offsets: Tensor
    rows: Tensor
    cols: Tensor
    reads: Tensor
    own: Tensor

    @classmethod
    def of(cls, layout: BlockLayout, planes: int, dtype: torch.dtype) -> "AttentionMasks":
        """From a layout."""
        seen = layout.seen[:, 0]
        # In plane 1 the earlier node of a pair is the finished one.
        later = torch.stack([torch.zeros_like(seen), seen], dim=1)[:, :planes]
        ends = torch.stack([later, later.mT], dim=-1)
        pairs = ends[..., 0].numel()
        rows = torch.stack([~seen, seen], dim=-1)
        cols = rows.permute(0, 3, 2, 1).unsqueeze(-1).to(dtype)
        reads, own = layout.seen.unsqueeze(3), torch.zeros_like(layout.seen)
        if planes == 2:
            first = torch.stack([seen, own[:, 0]], dim=2)
            second = torch.stack([layout.earlier[:, 0], layout.same[:, 0]], dim=2)
            reads = torch.stack([first, second], dim=1)
            own = torch.cat([own, layout.same], dim=1)
        planes_of_rows = torch.arange(planes, device=seen.device) == later.unsqueeze(-1).int()
        return cls(
            layout.seen.unsqueeze(3),
            _rows_of_table(ends),
            torch.arange(0, 2 * pairs, 2, dtype=torch.int32, device=seen.device),
            planes_of_rows.to(dtype).flatten(0, 2),
            cols,
            reads.to(dtype).unsqueeze(1),
            own.unsqueeze(3),
        )


def _rows_of_table(planes: Tensor) -> Tensor:
    """Rows of the first term of the first and of the second term of the second node of all pairs,
    given their planes :math:`(B, P, N, N, 2)`.
    """
    b, p, n = planes.shape[:3]
    place = torch.arange(n, device=planes.device)
    graph = p * torch.arange(b, device=planes.device).view(-1, 1, 1, 1, 1)
    node = torch.stack([place.view(-1, 1).expand(n, n), place.expand(n, n)], dim=-1)
    side = torch.arange(2, device=planes.device)
    return (2 * ((graph + planes) * n + node) + side).flatten().int()


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
        gates = _gates(inner, terms[..., : 2 * c], mask)
        z = F.silu(gates[0])
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
        # Compiled code computes gates again, which reads less than what would be kept.
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
        mask, kept, heads = AttentionMasks(*saved[:num]), saved[num:], weight_a.size(0)
        b, p, n, _, c = grad.shape
        z = flat_z[:, :c]
        to_terms = grad_read.new_empty(b, p, n, 2 * c + grad_read.size(-1))
        of_terms = to_terms.split([c, c, grad_read.size(-1)], dim=-1)

        grad_read = grad_read.contiguous()
        by_head = grad_read.view(b * p * n, heads, -1).transpose(0, 1)
        to_weight_value = torch.bmm(by_head.mT, message.transpose(0, 1)).flatten(0, 1)
        # Logits and messages reach pairs by one product: [logits, weights] [W_a, to messages].
        rows, columns = z.new_empty(b * p * n, n, 2 * heads), z.new_empty(b * p * n, 2 * heads, c)
        of_a = write(columns[:, :heads], copy, weight_a.expand(len(columns), -1, -1))
        to_message = columns[:, heads:].transpose(0, 1)
        to_message = write(to_message, torch.bmm, by_head, _per_head(weight_value, heads))
        to_message = to_message.transpose(0, 1)
        columns = written(columns, 1, of_a, to_message)
        by_head = _by_head(grad_read, heads)
        to_value = torch.bmm(reads.view(b * heads, p * n, p * n).mT, by_head)
        to_value = to_value.view(b, heads, p, n, -1).permute(0, 2, 3, 1, 4)
        to_value = write(of_terms[2].unflatten(-1, (heads, -1)), copy, to_value).flatten(3)
        to_reads = torch.bmm(by_head, values.mT).view_as(reads).permute(0, 2, 3, 1, 4, 5)
        finished, noisy = to_reads[:, :, :, :, 0], to_reads[:, :, :, :, -1]
        to_weights = write(torch.empty_like(weights), torch.where, mask.own, noisy, finished)
        to_weights.flatten(0, 2).baddbmm_(to_message, z.view(-1, n, c).mT)
        to_logits = torch.ops.aten._softmax_backward_data(to_weights, weights, -1, weights.dtype)
        to_logits = write(
            rows.view(b, p, n, n, -1)[..., :heads], torch.mul, to_logits.mT, mask.seen.mT
        ).flatten(0, 2)
        of_message = write(rows[..., heads:], copy, weights.flatten(0, 2).mT)
        rows = written(rows, -1, to_logits, of_message)

        flat = grad.reshape(-1, c)
        of_out = split_bias(flat.mT @ flat_z)
        of_a = split_bias(rows.view(-1, 2 * heads)[:, :heads].mT @ flat_z)
        to_z = (flat @ weight_out).view(-1, n, c).baddbmm_(rows, columns).view_as(grad)

        if torch.compiler.is_compiling():  # Of a copy, or else the compiler keeps what it has.
            kept = [
                x[0] for x in _gates(kept[0].unsqueeze(0), kept[1][..., : 2 * c].unsqueeze(0), mask)
            ]
        before, scale, h, gate = kept
        to_inner = grad.new_empty(b, p, n, n, 2 * c)
        to_scale, to_key = to_inner.split(c, dim=-1)
        to_key = write(to_key, silu_backward, to_z, before[..., :c])
        to_scale = write(to_scale, torch.mul, to_key, gate)
        to_h = torch.addcmul(to_key, to_key, silu_backward(scale, h))
        of_nodes = _outer_backward(of_terms[0], of_terms[1], to_h, mask)
        to_terms = written(to_terms, -1, *of_nodes, to_value)
        inner_rows = written(to_inner, -1, to_scale, to_key).view(-1, 2 * c)
        return (
            grad,
            (inner_rows @ weight_in).view_as(grad),
            to_terms,
            *linear_backward(inner_rows, rows_in, weight_in),
            *of_out,
            *of_a,
            to_weight_value,
            *[None] * num,
        )


def _gates(
    inner: Tensor, terms: Tensor, mask: AttentionMasks
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What enters the outer SiLU, :math:`E_q e`, :math:`h` and :math:`g(h)`, given
    :math:`[E_q, E_k] e` and :math:`[q, k]`.
    """
    scale, key = inner.chunk(2, dim=-1)
    h = _outer(terms, mask)
    gate = F.silu(h)
    return with_constant(h, torch.addcmul, key + h, gate, scale), scale, h, gate


def _outer(terms: Tensor, mask: AttentionMasks) -> Tensor:
    """Sums of a term of the first and of the second node, of all pairs."""
    *lead, n, c = terms.shape
    table, pairs = terms.reshape(-1, c // 2), (*lead, n, n, c // 2)
    if torch.compiler.is_compiling():  # Compiled code merges this with what follows.
        first, second = mask.ends.view(*lead, n, n, 2).unbind(-1)
        return table[first] + table[second]
    return torch.embedding_bag(table, mask.ends, mask.offsets)[0].view(pairs)


def _outer_backward(
    to_query: Tensor, to_key: Tensor, grad: Tensor, mask: AttentionMasks
) -> tuple[Tensor, Tensor]:
    """Gradients of both terms of nodes, written into tensors."""
    b, p, n, _, c = grad.shape
    by_plane = torch.bmm(mask.rows.mT, grad.view(-1, n, c)).view(b, p, n, p, c)
    to_query = write(to_query.transpose(1, 2), torch.sum, by_plane, 1).transpose(1, 2)
    if p == 1:
        return to_query, write(to_key, torch.sum, grad, 2)
    to_key = write(to_key, torch.sum, grad[:, 1:] * mask.cols, 2)
    to_key[:, 0].add_(grad[:, 0].sum(1))
    return to_query, to_key


def _by_head(x: Tensor, heads: int) -> Tensor:
    """Nodes of both planes, head by head :math:`(B H, P N, d)`."""
    x = x.unflatten(-1, (heads, -1)).permute(0, 3, 1, 2, 4)
    return x.reshape(x.size(0) * heads, -1, x.size(-1))


def _per_head(weight: Tensor, heads: int) -> Tensor:
    return weight.unflatten(0, (heads, -1))
