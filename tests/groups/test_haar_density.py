import pytest
import torch

from pyg_symm.groups.haar_density import haar_log_density
from pyg_symm.groups.symmetric_matrices import symmetric_part

pytestmark = pytest.mark.usefixtures("float64")


@pytest.mark.parametrize("n", [2, 3, 4])
def test_literal_formula(n):
    y = symmetric_part(torch.randn(5, n, n))
    values, expected = torch.linalg.eigvalsh(y), torch.zeros(5)
    for i in range(n):
        for j in range(i):
            delta = values[:, i] - values[:, j]
            expected += (delta.sinh() / delta).log()
    torch.testing.assert_close(haar_log_density(y), expected)
    torch.testing.assert_close(torch.func.vmap(haar_log_density)(y), expected)
    assert haar_log_density(torch.eye(n)) == 0


@pytest.mark.parametrize("n", [2, 3])
def test_derivatives(n):
    pair = torch.eye(n)
    pair[0, 0] = 2.0
    y = torch.stack([torch.zeros(n, n), pair, symmetric_part(torch.randn(n, n))]).requires_grad_()
    assert torch.autograd.gradcheck(haar_log_density, (y,))
    assert torch.autograd.gradgradcheck(haar_log_density, (y,))


@pytest.mark.parametrize("n", [2, 3])
def test_invariance_under_rotations(n):
    y = symmetric_part(torch.randn(4, n, n))
    q = torch.linalg.qr(torch.randn(n, n))[0]
    torch.testing.assert_close(haar_log_density(q @ y @ q.T), haar_log_density(y))
