from itertools import product

import pytest
import torch

from pyg_symm.nn.bundle import PolynomialFeatures


@pytest.mark.parametrize("num, distinct, ordered", [(1, 3, 3), (2, 9, 14), (3, 19, 39)])
def test_sizes_of_the_paper(num, distinct, ordered):
    x = torch.randn(4, num)
    for sizes, flag in ((distinct, True), (ordered, False)):
        features = PolynomialFeatures(num, distinct=flag)
        assert features(x).shape == (4, sizes) and features.out_channels == sizes


@pytest.mark.parametrize("num", [1, 2, 3])
@pytest.mark.parametrize("degree", [1, 2, 4])
def test_both_are_products(tol, num, degree):
    x = torch.randn(5, num)
    expected = [
        x[:, list(which)].prod(1)
        for order in range(1, degree + 1)
        for which in product(range(num), repeat=order)
    ]
    out = PolynomialFeatures(num, degree, distinct=False)(x)
    torch.testing.assert_close(out, torch.stack(expected, 1), atol=tol, rtol=tol)
    once = PolynomialFeatures(num, degree)(x)
    for column in once.T:
        assert any(torch.allclose(column, other, atol=tol, rtol=tol) for other in expected)


@pytest.mark.parametrize("num", [2, 3])
def test_both_span_the_same_functions(num):
    x = torch.randn(200, num, dtype=torch.double)
    once = PolynomialFeatures(num)(x)
    ordered = PolynomialFeatures(num, distinct=False)(x)
    assert torch.linalg.matrix_rank(once) == once.size(1)
    for a, b in ((once, ordered), (ordered, once)):
        fit = a @ torch.linalg.lstsq(a, b, driver="gelsd").solution
        torch.testing.assert_close(fit, b, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("distinct", [True, False])
def test_linear_maps_of_the_features(tol, distinct):
    x, features = torch.randn(5, 4, 2, requires_grad=True), PolynomialFeatures(2, distinct=distinct)
    lin = torch.nn.Linear(features.out_channels, 3)
    out, expected = features.linear(x, lin), lin(features(x))
    torch.testing.assert_close(out, expected, atol=10 * tol, rtol=10 * tol)
    wrt = [x, *lin.parameters()]
    grads = [torch.autograd.grad(o.sin().sum(), wrt) for o in (out, expected)]
    torch.testing.assert_close(*grads, atol=50 * tol, rtol=50 * tol)


@pytest.mark.parametrize("degree", [0, 1.5])
def test_wrong_degree(degree):
    with pytest.raises(ValueError, match=f"'degree' must be an integer of 1 or more .got {degree}"):
        PolynomialFeatures(2, degree)


def test_repr():
    assert str(PolynomialFeatures(2)) == "PolynomialFeatures(2, 9)"
