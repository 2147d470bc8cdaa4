import pytest
import torch

from pyg_symm.nn.bundle import PolynomialWindow


@pytest.mark.parametrize("p", [3, 6])
def test_value_and_two_derivatives_vanish_at_the_cutoff(p):
    window = PolynomialWindow(1.0, p)
    u = torch.tensor(1.0 - 1e-15, dtype=torch.double, requires_grad=True)
    value = window(u)
    (first,) = torch.autograd.grad(value, u, create_graph=True)
    (second,) = torch.autograd.grad(first, u)
    assert max(abs(float(d.detach())) for d in (value, first, second)) < 1e-10


def test_formula(tol):
    u = torch.linspace(0, 1, 50)[:-1]
    expected = 1 - 28 * u**6 + 48 * u**7 - 21 * u**8
    torch.testing.assert_close(PolynomialWindow(2.0)(2 * u), expected, atol=tol, rtol=tol)
    assert float(PolynomialWindow(2.0)(torch.zeros(()))) == 1


def test_beyond_the_cutoff_all_is_zero():
    distance = torch.tensor([1.5, 2.0, 40.0, 1e6], requires_grad=True)
    out = PolynomialWindow(1.5)(distance)
    (grad,) = torch.autograd.grad(out.sum(), distance)
    assert not out.any() and not grad.any()


def test_without_a_cutoff():
    assert torch.equal(PolynomialWindow()(torch.tensor([0.0, 9.0])), torch.ones(2))


@pytest.mark.parametrize("cutoff", [0, -1.0, float("nan")])
def test_wrong_cutoff(cutoff):
    with pytest.raises(ValueError, match=f"'cutoff' must be positive .got {cutoff}"):
        PolynomialWindow(cutoff)


def test_wrong_exponent():
    with pytest.raises(ValueError, match="'p' must be an integer of 1 or more .got 0"):
        PolynomialWindow(1.0, 0)


def test_repr():
    assert str(PolynomialWindow(2.0)) == "PolynomialWindow(2.0, p=6)"


def test_no_number_is_not_beyond_the_cutoff():
    found = PolynomialWindow(2.0)(torch.tensor([torch.nan, 3.0, torch.inf]))
    assert bool(found[0].isnan()) and found[1:].tolist() == [0.0, 0.0]
