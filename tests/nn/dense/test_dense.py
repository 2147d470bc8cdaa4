"""The planes against the doubled graph they stand for."""

import pytest
import torch

from pyg_symm.nn.dense import BlockLayout, BlockTransformer, CausalProduct, EdgeAttention

D, C, N = 8, 4, 7
BLOCKS = torch.tensor([[0, 0, 1, 2, 2, 2, 3], [0, 1, 1, 1, -1, -1, -1]])


def doubled(block_id):
    """Who sees whom among finished and noisy nodes, literally :math:`(B, 2N, 2N)`."""
    ids = torch.cat([block_id, block_id], dim=1)
    noisy = torch.arange(2 * N) >= N
    same = (ids.unsqueeze(2) == ids.unsqueeze(1)) & (noisy.unsqueeze(1) == noisy)
    earlier = (ids.unsqueeze(1) < ids.unsqueeze(2)) & ~noisy
    return (same | earlier) & (ids.unsqueeze(2) >= 0) & (ids.unsqueeze(1) >= 0)


def unfold(planes, block_id):
    """Two planes :math:`(B, 2, N, N, C)` as pairs of the doubled graph."""
    out = planes.new_zeros(len(planes), 2 * N, 2 * N, planes.size(-1))
    for b in range(len(planes)):
        for i in range(N):
            for j in range(N):
                if min(block_id[b, i], block_id[b, j]) < 0:
                    continue
                out[b, i, j] = planes[b, 0, i, j]
                a = i + N * (block_id[b, i] >= block_id[b, j])
                c = j + N * (block_id[b, j] >= block_id[b, i])
                out[b, a, c] = planes[b, 1, i, j]
    return out


@pytest.fixture
def inputs():
    torch.manual_seed(0)
    x = torch.randn(2, 2, N, D)
    e = torch.randn(2, 2, N, N, C)
    return x, e, BlockLayout.of(BLOCKS)


def test_existing_pairs_are_those_of_the_planes(inputs):
    *_, layout = inputs
    seen = doubled(BLOCKS)
    ones = layout.pair.unsqueeze(-1).expand(-1, 2, -1, -1, -1)
    assert torch.equal(unfold(ones, BLOCKS).squeeze(-1) > 0, seen | seen.mT)


def test_product_is_the_masked_product_of_the_doubled_graph(tol, inputs):
    _, e, layout = inputs
    product = CausalProduct(C, scale=False)
    seen = doubled(BLOCKS)
    pair = (seen | seen.mT).unsqueeze(-1)
    whole = unfold(e, BLOCKS)
    normed = product.norm(whole, pair)
    u = product.mlp_left(torch.cat([normed, normed.transpose(1, 2)], -1)) * pair
    v = product.mlp_right(normed) * pair
    either = seen.unsqueeze(2) | seen.unsqueeze(1)  # (B, p, q, k)
    total = torch.einsum("bpqk,bpkc,bkqc->bpqc", either, u, v)
    expected = whole + product.lin_out(total)
    expected = (expected + product.mlp(product.mlp_norm(expected, pair))) * pair
    actual = unfold(product(e, layout), BLOCKS)
    torch.testing.assert_close(actual, expected, rtol=0, atol=tol)


def test_attention_is_that_of_the_doubled_graph(tol, inputs):
    x, e, layout = inputs
    layer = EdgeAttention(D, C, heads=2)
    seen = doubled(BLOCKS)
    pair = (seen | seen.mT).unsqueeze(-1)
    nodes, whole = x.reshape(2, 2 * N, D), unfold(e, BLOCKS)
    normed, normed_e = layer.norm.norm(nodes), layer.edge_norm.norm(whole)
    q, k, v = layer.lin_node(normed).split([C, C, D], dim=-1)
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
    mask = (BLOCKS >= 0).repeat(1, 2)
    torch.testing.assert_close(new_x.reshape(2, 2 * N, D)[mask], expected[mask], rtol=0, atol=tol)
    expected_e = (whole + layer.lin_edge_out(z)) * pair
    torch.testing.assert_close(unfold(new_e, BLOCKS), expected_e, rtol=0, atol=tol)


def test_one_plane_is_the_first_of_two(inputs):
    x, e, layout = inputs
    model = BlockTransformer(D, C, num_layers=2, heads=2)
    both, first = model(x, e, layout), model(x[:, :1], e[:, :1], layout)
    torch.testing.assert_close(both[0][:, :1], first[0])
    torch.testing.assert_close(both[1][:, :1], first[1])


def test_products_do_not_grow_with_the_graph():
    product = CausalProduct(C)
    sizes = []
    for n in (8, 128):
        e = torch.randn(1, 1, n, n, C)
        sizes.append(product(e, BlockLayout.of(torch.zeros(1, n, dtype=torch.long))).std())
    assert 0.5 < sizes[1] / sizes[0] < 2


def test_repr_and_bad_input():
    assert repr(BlockTransformer(8, 4, 2)) == "BlockTransformer(8, 4, num_layers=2, heads=8)"
    for arguments, match in [
        ({"norm_residual": "both"}, "'norm_residual' must be"),
        ({"attention": False, "products": False}, "must not both be False"),
        ({"num_layers": 0}, "'num_layers' must be positive"),
        ({"heads": 3}, "'heads' must divide 8 'channels' .got 3"),
        ({"norm": "group"}, "'norm' must be"),
    ]:
        with pytest.raises(ValueError, match=match):
            BlockTransformer(**({"channels": 8, "edge_channels": 4, "num_layers": 1} | arguments))
