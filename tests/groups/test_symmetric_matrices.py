import pytest
import torch

from pyg_symm.groups import (
    polar_decomposition,
    random_rotations,
    symmetric_basis,
    symmetric_exp,
    symmetric_log,
)
from pyg_symm.groups.symmetric_matrices import exp_differential, symmetric_part

SIZES = [2, 3, 4]
pytestmark = pytest.mark.usefixtures("float64")


def of_condition(condition, num, n):
    """Matrices of positive determinant with given condition number."""
    generator = torch.Generator().manual_seed(n)
    u = random_rotations(num, n, generator, torch.double)
    v = random_rotations(num, n, generator, torch.double)
    logs = torch.rand(num, n, generator=generator)
    low, high = logs.amin(1, keepdim=True), logs.amax(1, keepdim=True)
    scales = condition ** ((logs - low) / (high - low) - 0.5)
    return (u * scales.unsqueeze(1)) @ v


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("condition", [1.0001, 10.0, 1e3])
def test_round_trip(n, condition):
    a = of_condition(condition, 200, n)
    y, r = polar_decomposition(a)
    eye = torch.eye(n).expand_as(r)
    torch.testing.assert_close(y, y.mT, atol=0, rtol=0)
    torch.testing.assert_close(r @ r.mT, eye, atol=1e-13, rtol=0)
    assert (torch.linalg.det(r) > 0).all()
    torch.testing.assert_close(symmetric_exp(y) @ r, a, atol=1e-10, rtol=0)
    torch.testing.assert_close(symmetric_exp(-y) @ a, r, atol=1e-10, rtol=0)


@pytest.mark.parametrize("n", SIZES)
def test_round_trip_in_float32(n):
    a = of_condition(1e3, 200, n).float()
    y, r = polar_decomposition(a)
    assert y.dtype == r.dtype == torch.float
    torch.testing.assert_close(symmetric_exp(y) @ r, a, atol=1e-4 * a.abs().max(), rtol=0)
    torch.testing.assert_close(r @ r.mT, torch.eye(n).float().expand_as(r), atol=1e-5, rtol=0)


@pytest.mark.parametrize("n", SIZES)
def test_exponential_and_logarithm(n):
    y = symmetric_part(torch.randn(50, n, n))
    expected = torch.linalg.matrix_exp(y)
    torch.testing.assert_close(symmetric_exp(y), expected, atol=0, rtol=1e-12)
    torch.testing.assert_close(symmetric_log(expected), y, atol=1e-12, rtol=0)
    values, vectors = torch.linalg.eigh(expected)
    torch.testing.assert_close(
        symmetric_log(expected), (vectors * values.log().unsqueeze(-2)) @ vectors.mT
    )


@pytest.mark.parametrize("n", SIZES)
def test_rotations_and_multiples_of_the_identity(n):
    r = random_rotations(5, n, torch.Generator().manual_seed(0), torch.double)
    y, turn = polar_decomposition(3 * r)
    expected = (torch.eye(n) * torch.tensor(3.0).log()).expand_as(y)
    torch.testing.assert_close(y, expected, atol=1e-14, rtol=0)
    torch.testing.assert_close(turn, r, atol=1e-14, rtol=0)


def points(n):
    """The identity, a multiple of a rotation, one pair of equal singular values, and others."""
    equal = torch.eye(n)
    equal[0, 0] = 2
    rotation = random_rotations(1, n, torch.Generator().manual_seed(1), torch.double)[0]
    generic = of_condition(5.0, 1, n)[0]
    return torch.stack([torch.eye(n), 1.5 * rotation, equal @ rotation, generic])


@pytest.mark.parametrize("n", [2, 3])
def test_derivatives_of_the_decomposition(n):
    a = points(n).requires_grad_()
    assert torch.autograd.gradcheck(polar_decomposition, (a,))
    assert torch.autograd.gradgradcheck(polar_decomposition, (a,))


@pytest.mark.parametrize("n", [2, 3])
def test_derivatives_of_the_exponential_and_the_logarithm(n):
    y = torch.stack([torch.zeros(n, n), 0.3 * torch.eye(n), symmetric_part(torch.randn(n, n))])
    for function, at in ((symmetric_exp, y), (symmetric_log, torch.linalg.matrix_exp(y))):
        at = at.detach().requires_grad_()
        assert torch.autograd.gradcheck(function, (at,))
        assert torch.autograd.gradgradcheck(function, (at,))


@pytest.mark.parametrize("n", [2, 3])
def test_third_derivatives_are_finite(n):
    a = torch.eye(n).requires_grad_()
    value = polar_decomposition(a)[0].sum() + polar_decomposition(a)[1][0, 1]
    for _ in range(3):
        (slope,) = torch.autograd.grad(value, a, create_graph=True)
        value = (slope * torch.randn(n, n)).sum()
    assert slope.isfinite().all()


@pytest.mark.parametrize("n", SIZES)
def test_vmap(n):
    a = of_condition(5.0, 4, n)
    for found, expected in zip(
        torch.func.vmap(polar_decomposition)(a), polar_decomposition(a), strict=True
    ):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("n", SIZES)
def test_basis(n):
    basis = symmetric_basis(n)
    assert basis.shape == (n * (n + 1) // 2, n, n)
    torch.testing.assert_close(basis, basis.mT)
    torch.testing.assert_close(basis.flatten(1) @ basis.flatten(1).T, torch.eye(len(basis)))
    traceless = symmetric_basis(n, traceless=True)
    torch.testing.assert_close(traceless, basis[:-1])
    assert traceless.diagonal(dim1=1, dim2=2).sum(1).abs().max() < 1e-15


def test_differential_of_the_exponential():
    y = symmetric_part(torch.randn(2, 3, 3))
    change = torch.randn(2, 3, 3)
    _, expected = torch.func.jvp(torch.linalg.matrix_exp, (y,), (change,))
    found = (exp_differential(y) @ change.flatten(1).unsqueeze(-1)).view(2, 3, 3)
    torch.testing.assert_close(found, expected)
