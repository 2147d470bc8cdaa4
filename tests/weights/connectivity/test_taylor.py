import pytest
import torch
from torch.func import functional_call, grad, hessian
from torch.nn.functional import cross_entropy, mse_loss

from pyg_symm.weights.connectivity import barrier, taylor_barrier


def test_quadratic_losses_are_exact():
    torch.manual_seed(0)
    model = torch.nn.Linear(4, 3).double()
    a, b = (torch.nn.Linear(4, 3).double().state_dict() for _ in range(2))
    x, y = torch.randn(20, 4).double(), torch.randn(20, 3).double()
    estimate = taylor_barrier(model, a, b, lambda net: mse_loss(net(x), y))
    real = barrier(model, a, b, lambda net: mse_loss(net(x), y))
    assert estimate.losses == pytest.approx(real.losses, rel=1e-10)


def test_the_formula_with_whole_hessians():
    torch.manual_seed(0)
    nets = [
        torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2)).double()
        for _ in range(3)
    ]
    x, y = torch.randn(10, 2).double(), torch.randint(2, (10,))
    model, a, b = nets[0], nets[1].state_dict(), nets[2].state_dict()
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    result = taylor_barrier(model, a, b, lambda net: cross_entropy(net(x), y), num_points=5)
    shapes = {name: value.shape for name, value in a.items()}

    def flat(state):
        return torch.cat([value.flatten() for value in state.values()])

    def loss(vector):
        parts = vector.split([shape.numel() for shape in shapes.values()])
        state = {n: p.view(s) for (n, s), p in zip(shapes.items(), parts, strict=True)}
        return cross_entropy(functional_call(model, state, (x,)), y)

    start, end = flat(a), flat(b)
    d = end - start
    slopes = (grad(loss)(start) - grad(loss)(end)) @ d
    curves = d @ hessian(loss)(start) @ d, d @ hessian(loss)(end) @ d
    for t, got in zip(result.points, result.losses, strict=True):
        gap = t * (1 - t) * (slopes + 0.5 * (t * curves[0] + (1 - t) * curves[1]))
        expected = (1 - t) * loss(start) + t * loss(end) + gap
        assert got == pytest.approx(expected.item(), rel=1e-10)
    middle = 0.25 * slopes + (curves[0] + curves[1]) / 16
    assert result.midpoint == pytest.approx(middle.item(), rel=1e-8)
    torch.testing.assert_close(model.state_dict(), kept, rtol=0, atol=0)


def test_running_statistics_stay_those_of_each_end():
    torch.manual_seed(0)
    model = torch.nn.BatchNorm1d(3).double()
    a = model.state_dict()
    b = {name: value + 1 if value.is_floating_point() else value for name, value in a.items()}
    x = torch.randn(5, 3).double()

    def loss(net):
        return net(x).square().mean()

    result = taylor_barrier(model, a, b, loss, 3)
    of_a = barrier(model, a, {**b, **statistics(a)}, loss, 3)  # Parabolas of the parameters.
    of_b = barrier(model, {**a, **statistics(b)}, b, loss, 3)
    expected = [of_a.losses[0], (of_a.losses[1] + of_b.losses[1]) / 2, of_b.losses[2]]
    assert result.losses == pytest.approx(expected, rel=1e-8)


def statistics(state):
    return {name: state[name] for name in ("running_mean", "running_var")}


def test_losses_that_are_linear_in_the_weights():
    model = torch.nn.Linear(2, 1)
    a, b = (torch.nn.Linear(2, 1).state_dict() for _ in range(2))
    result = taylor_barrier(model, a, b, lambda net: net(torch.ones(1, 2)).sum(), 3)
    assert result.barrier == pytest.approx(0, abs=1e-6)


def test_wrong_inputs_are_refused():
    model = torch.nn.Linear(2, 1)
    a = model.state_dict()
    with pytest.raises(ValueError, match="'num_points' must be"):
        taylor_barrier(model, a, a, lambda net: net(torch.ones(1, 2)).sum(), 1)
    with pytest.raises(ValueError, match="'loss' must return a tensor without dimensions"):
        taylor_barrier(model, a, a, lambda net: net(torch.ones(1, 2)))
    with pytest.raises(ValueError, match="'loss' must return a tensor without dimensions"):
        taylor_barrier(model, a, a, lambda net: 1.0)
