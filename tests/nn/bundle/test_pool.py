import pytest
import torch

from pyg_symm.nn.bundle.pool import pool_nodes

BATCH = torch.tensor([1, 0, 1])


@pytest.mark.parametrize("pool", ["sum", "mean"])
def test_sums_and_means(tol, pool):
    x, vec = torch.randn(3, 2), torch.randn(3, 1, 3)
    for part, out in zip((x, vec), pool_nodes(x, vec, pool, BATCH), strict=True):
        pair = part[[0, 2]].sum(0) if pool == "sum" else part[[0, 2]].mean(0)
        torch.testing.assert_close(out, torch.stack([part[1], pair]), atol=tol, rtol=tol)


def test_graphs_without_nodes_and_one_graph():
    x, vec = torch.randn(3, 2), torch.randn(3, 0, 3)
    scalars, vectors = pool_nodes(x, vec, "mean", BATCH, batch_size=4)
    assert scalars.shape == (4, 2) and vectors.shape == (4, 0, 3) and not scalars[2:].any()
    torch.testing.assert_close(pool_nodes(x, vec, "sum", None)[0], x.sum(0, keepdim=True))
    assert pool_nodes(x, vec, None, None)[0] is x


@pytest.mark.parametrize(
    "size, message", [(1, "above all of 'batch', 1"), (-3, "1 or more"), (2.0, "1 or more")]
)
def test_wrong_numbers_of_graphs(size, message):
    x, vec = torch.randn(3, 2), torch.randn(3, 0, 3)
    with pytest.raises(ValueError, match=f"'batch_size' must be .*{message} .got {size}"):
        pool_nodes(x, vec, "sum", BATCH, batch_size=size)
