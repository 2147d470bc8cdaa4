import torch

from pyg_symm.nn.dense import EdgeAttention


def test_attention_is_that_of_the_doubled_graph(tol, inputs, blocks, doubled, unfold):
    x, e, layout = inputs
    layer = EdgeAttention(8, 4, heads=2)
    seen = doubled
    pair = (seen | seen.mT).unsqueeze(-1)
    nodes, whole = x.reshape(2, -1, 8), unfold(e)
    normed, normed_e = layer.norm.norm(nodes), layer.edge_norm.norm(whole)
    q, k, v = layer.lin_node(normed).split([4, 4, 8], dim=-1)
    edge_query, edge_key = layer.lin_edge(normed_e).chunk(2, -1)
    h = q.unsqueeze(2) + k.unsqueeze(1)
    silu = torch.nn.functional.silu
    z = silu(edge_key + silu(h) * edge_query + h) * pair
    logits = layer.lin_weight(z).masked_fill(~seen.unsqueeze(-1), -torch.inf)
    a = logits.softmax(2).nan_to_num(0)  # (B, p, k, H)
    value = v.unsqueeze(1) + layer.lin_edge_value(z)  # As wide as a node, for every pair.
    read = torch.einsum("bpkh,bpkhd->bphd", a, value.unflatten(-1, (2, -1))).flatten(-2)
    expected = nodes + layer.lin_out(read)
    expected = expected + layer.mlp(layer.mlp_norm.norm(expected))
    new_x, new_e = layer(x, e, layout)
    mask = (blocks >= 0).repeat(1, 2)
    torch.testing.assert_close(new_x.reshape(2, -1, 8)[mask], expected[mask], rtol=0, atol=tol)
    expected_e = (whole + layer.lin_edge_out(z)) * pair
    torch.testing.assert_close(unfold(new_e), expected_e, rtol=0, atol=tol)
