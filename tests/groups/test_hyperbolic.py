import pytest
import torch

from pyg_symm.groups.hyperbolic import asinhc, log_sinhc, sinhc

SQUARES = [0.0, 1e-30, 1e-8, 0.0199, 0.02, 0.0201, 0.2499, 0.25, 0.2501, 0.9999, 1.0, 1.0001, 30.0]


@pytest.mark.parametrize("function", [sinhc, asinhc, log_sinhc])
def test_derivatives_on_both_sides_of_the_limits(function):
    square = torch.tensor(SQUARES, dtype=torch.double, requires_grad=True)
    with torch.no_grad():
        torch.testing.assert_close(function(square).float(), function(square.float()))
    assert torch.autograd.gradcheck(function, (square.detach()[3:].requires_grad_(),))
    assert torch.autograd.gradgradcheck(function, (square.detach()[3:].requires_grad_(),))


def test_values():
    delta = torch.tensor(SQUARES, dtype=torch.double)[1:].sqrt()
    square = delta.square()
    torch.testing.assert_close(sinhc(square), delta.sinh() / delta, atol=0, rtol=1e-14)
    torch.testing.assert_close(asinhc(square), delta.asinh() / delta, atol=0, rtol=1e-14)
    torch.testing.assert_close(log_sinhc(square), sinhc(square).log(), atol=1e-15, rtol=1e-13)


@pytest.mark.parametrize("function, slope", [(sinhc, 1 / 6), (asinhc, -1 / 6), (log_sinhc, 1 / 6)])
@pytest.mark.parametrize("second", [{sinhc: 1 / 60, asinhc: 3 / 20, log_sinhc: -1 / 90}])
def test_derivatives_at_zero(function, slope, second):
    square = torch.zeros((), dtype=torch.double, requires_grad=True)
    (first,) = torch.autograd.grad(function(square), square, create_graph=True)
    (again,) = torch.autograd.grad(first, square)
    torch.testing.assert_close(first.item(), slope, atol=1e-15, rtol=0)
    torch.testing.assert_close(again.item(), second[function], atol=1e-15, rtol=0)


def test_no_overflow():
    square = torch.tensor([1e8], dtype=torch.double)
    expected = 1e4 - torch.tensor([2e4], dtype=torch.double).log()
    torch.testing.assert_close(log_sinhc(square), expected)
