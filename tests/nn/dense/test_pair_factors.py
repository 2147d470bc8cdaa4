import pytest
import torch
from torch import nn

from pyg_symm.nn.dense import mlp
from pyg_symm.nn.dense.pair_factors import FactorPairs


def _parts(*factors):
    return [part for i in (0, 2) for mlp in factors for part in (mlp[i].weight, mlp[i].bias)]


@pytest.mark.parametrize("planes", [1, 2])
def test_factors_are_two_perceptrons(tol, planes):
    left, right = mlp(6, 3, 3), mlp(3, 3, 3)
    e = torch.randn(2, planes, 5, 5, 3)
    u, v = FactorPairs.apply(e, *_parts(left, right))
    expected_u = left(torch.cat([e, e.transpose(2, 3)], dim=-1))
    torch.testing.assert_close(u, expected_u.permute(0, 4, 1, 2, 3), rtol=0, atol=tol)
    torch.testing.assert_close(v, right(e).permute(0, 4, 1, 2, 3), rtol=0, atol=tol)


@pytest.mark.parametrize("planes", [1, 2])
def test_gradients_of_factors(planes):
    factors: list[nn.Module] = [mlp(4, 2, 2).double(), mlp(2, 2, 2).double()]
    e = torch.randn(2, planes, 3, 3, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(FactorPairs.apply, (e, *_parts(*factors)))
