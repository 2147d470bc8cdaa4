import pytest
import torch

from pyg_symm.nn.dense import BlockLayout
from pyg_symm.nn.models.pard.pair_pooling import PoolPairs


@pytest.mark.parametrize("planes", [1, 2])
def test_sums_of_pairs_are_their_formula(tol, planes):
    layout = BlockLayout.of(torch.tensor([[0, 0, 1, 2], [0, 1, 1, -1]]))
    e = torch.randn(2, planes, 4, 4, 3)
    diagonal, total, last = PoolPairs.apply(e, layout.seen.to(e.dtype))
    assert last.equal(e[:, -1])
    for b, plane, p in torch.cartesian_prod(*map(torch.arange, (2, planes, 4))).tolist():
        assert diagonal[b, plane, p].equal(e[b, plane, p, p])
        seen = layout.seen[b, 0, p].nonzero().flatten().tolist()
        expected = sum((e[b, plane, p, k] + e[b, plane, k, p] for k in seen), torch.zeros(3))
        torch.testing.assert_close(total[b, plane, p], expected, rtol=0, atol=10 * tol)


@pytest.mark.parametrize("planes, last", [(1, False), (2, False), (2, True)])
def test_gradients(planes, last):
    layout = BlockLayout.of(torch.tensor([[0, 0, 1], [0, 1, -1]]))
    e = torch.randn(2, planes, 3, 3, 2, dtype=torch.double, requires_grad=True)

    def pool(e):
        parts = PoolPairs.apply(e, layout.seen.double())
        return parts if last else parts[:2]

    assert torch.autograd.gradcheck(pool, e)
