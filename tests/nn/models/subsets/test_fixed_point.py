import pytest
import torch

from pyg_symm.nn.models.subsets import fixed_point


def test_derivative_is_that_of_the_solution():
    """Of linear maps, whose fixed points are known."""
    matrix = 0.3 * torch.randn(4, 4, dtype=torch.double, requires_grad=True)
    matrix.retain_grad()
    shift = torch.randn(4, dtype=torch.double, requires_grad=True)
    start = torch.zeros(4, dtype=torch.double)
    found = fixed_point(lambda q: matrix @ q + shift, start, tolerance=1e-12, max_steps=500)
    exact = torch.linalg.solve(torch.eye(4, dtype=torch.double) - matrix, shift)
    torch.testing.assert_close(found, exact)
    weight = torch.arange(4.0, dtype=torch.double)
    ours = torch.autograd.grad((found * weight).sum(), (matrix, shift))
    theirs = torch.autograd.grad((exact * weight).sum(), (matrix, shift))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("factor", [1e-3, 1e-6, 1e-12])
def test_the_factor_of_a_loss_does_not_change_directions(factor):
    matrix = torch.tensor([[0.5, 0.3], [-0.2, 0.6]], dtype=torch.double, requires_grad=True)
    start = torch.zeros(2, dtype=torch.double)
    found = fixed_point(lambda q: matrix @ q + 1, start)
    (whole,) = torch.autograd.grad(found.sum(), matrix, retain_graph=True)
    (part,) = torch.autograd.grad(factor * found.sum(), matrix)
    torch.testing.assert_close(part / factor, whole, rtol=1e-5, atol=0.0)


def test_a_gradient_of_zero_stays_zero():
    a = torch.tensor(0.8, requires_grad=True)
    found = fixed_point(lambda q: a * q.cos(), torch.tensor(0.5))
    assert torch.autograd.grad(0 * found, a)[0] == 0


@pytest.mark.parametrize("damping", [0.3, 0.5])
def test_damping_finds_what_plain_iteration_does_not(damping):
    def swing(q):  # A slope of -1.5 at its fixed point 0.4: plain iteration diverges.
        return 1 - 1.5 * q

    found = fixed_point(swing, torch.tensor(0.0), damping, tolerance=1e-7, max_steps=200)
    torch.testing.assert_close(found, torch.tensor(0.4))


def test_constants_and_no_entries():
    assert fixed_point(lambda q: q * 0 + 2, torch.tensor(0.0)) == 2
    assert fixed_point(lambda q: q, torch.empty(0)).shape == (0,)


def test_gradcheck_also_of_outputs_that_nothing_depends_on(float64):
    matrix = (0.3 * torch.randn(3, 3)).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda matrix: fixed_point(lambda q: (matrix @ q).tanh() + 1, torch.zeros(3), 0.5, 1e-13),
        matrix,
    )
