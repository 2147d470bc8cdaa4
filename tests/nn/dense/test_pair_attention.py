import pytest
import torch
import torch.nn.functional as F

from pyg_symm.nn.dense import BlockLayout
from pyg_symm.nn.dense.attention_masks import AttentionMasks
from pyg_symm.nn.dense.pair_attention import AttendPairs

HEADS = 2


def _inputs(batch, n, planes, channels, edge_channels, dtype=None):
    c, d, wide = edge_channels, channels, 2 * edge_channels
    shapes = [
        *((batch, planes, n, n, c), (batch, planes, n, n, c), (batch, planes, n, wide + d)),
        *((wide, c), (wide,), (c, c), (c,), (HEADS, c), (HEADS,), (d, c)),
    ]
    return [torch.randn(shape, dtype=dtype, requires_grad=True) for shape in shapes]


def _plain(base, e, terms, w_in, b_in, w_out, b_out, w_a, b_a, w_value, layout):
    """Attention with the value of every pair, which is as wide as a node."""
    planes, c = e.size(1), e.size(-1)
    q, k, v = terms.split([c, c, terms.size(-1) - 2 * c], dim=-1)
    h = [q[:, 0].unsqueeze(2) + k[:, 0].unsqueeze(1)]
    values = [v[:, 0].unsqueeze(1).expand(-1, v.size(2), -1, -1)]
    if planes == 2:
        seen, same = (mask[:, 0].unsqueeze(-1) for mask in (layout.seen, layout.same))
        late = torch.where(seen, q[:, 1].unsqueeze(2), q[:, 0].unsqueeze(2))
        ends = torch.where(seen.transpose(1, 2), k[:, 1].unsqueeze(1), k[:, 0].unsqueeze(1))
        h.append(late + ends)
        values.append(torch.where(same, v[:, 1].unsqueeze(1), v[:, 0].unsqueeze(1)))
    h = torch.stack(h, 1)
    edge_query, edge_key = F.linear(e, w_in, b_in).chunk(2, -1)
    z = F.silu(edge_key + F.silu(h) * edge_query + h)
    seen = layout.seen.unsqueeze(-1)
    a = F.linear(z, w_a, b_a).masked_fill(~seen, -torch.inf).softmax(3).nan_to_num(0)
    value = (torch.stack(values, 1) + F.linear(z, w_value)).unflatten(-1, (HEADS, -1))
    read = torch.einsum("bpnkh,bpnkhd->bpnhd", a, value).flatten(-2)
    return base + F.linear(z, w_out, b_out), read


@pytest.mark.parametrize("planes", [1, 2])
def test_attention_and_its_gradients_are_those_of_the_plain_form(tol, inputs, blocks, planes):
    *_, layout = inputs
    to = _inputs(2, layout.seen.size(-1), planes, 8, 4)
    masks = AttentionMasks.of(layout, planes, to[0].dtype)
    there = (blocks >= 0)[:, None, :, None]  # Nodes of padding read anything.
    results = []
    for update, read in (AttendPairs.apply(*to, *masks), _plain(*to, layout)):
        results.append((update, read * there))
    grads = [torch.randn_like(part) for part in results[0]]
    lists = [[*outs, *torch.autograd.grad(outs, to, grads)] for outs in results]
    for one, other in zip(*lists, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=50 * tol)


@pytest.mark.parametrize("planes", [1, 2])
def test_gradients_of_attention(planes):
    layout = BlockLayout.of(torch.tensor([[0, 0, 1], [0, 1, -1]]))
    to = _inputs(2, 3, planes, 4, 2, torch.double)
    masks = AttentionMasks.of(layout, planes, torch.double)
    assert torch.autograd.gradcheck(AttendPairs.apply, (*to, *masks))
