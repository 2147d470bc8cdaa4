import torch

from pyg_symm.nn.dense import BlockLayout, CausalProduct


def test_product_is_the_masked_product_of_the_doubled_graph(tol, inputs, doubled, unfold):
    _, e, layout = inputs
    product = CausalProduct(4, scale=False)
    seen = doubled
    pair = (seen | seen.mT).unsqueeze(-1)
    whole = unfold(e)
    normed = product.norm(whole, pair)
    u = product.mlp_left(torch.cat([normed, normed.transpose(1, 2)], -1)) * pair
    v = product.mlp_right(normed) * pair
    either = seen.unsqueeze(2) | seen.unsqueeze(1)  # (B, p, q, k)
    total = torch.einsum("bpqk,bpkc,bkqc->bpqc", either, u, v)
    expected = whole + product.lin_out(total)
    expected = (expected + product.mlp(product.mlp_norm(expected, pair))) * pair
    actual = unfold(product(e, layout))
    torch.testing.assert_close(actual, expected, rtol=0, atol=tol)


def test_products_do_not_grow_with_the_graph():
    product = CausalProduct(4)
    sizes = []
    for n in (8, 128):
        e = torch.randn(1, 1, n, n, 4)
        sizes.append(product(e, BlockLayout.of(torch.zeros(1, n, dtype=torch.long))).std())
    assert 0.5 < sizes[1] / sizes[0] < 2
