import pytest
import torch

from pyg_symm.causal import IRMv1
from pyg_symm.causal.baselines.features import Moments


def test_the_example_of_the_paper(mixed, slopes):
    x, y, env = mixed(20_000)
    found = slopes(IRMv1(1e5, num_features=0, penalty=0.0).fit(x, y, env))
    assert found == pytest.approx([1.0, 0.0], abs=0.05)


def test_less_of_what_varies_with_more_strength(mixed, slopes):
    x, y, env = mixed(5000)
    found = [
        slopes(IRMv1(beta, num_features=0, penalty=0.0).fit(x, y, env))[1]
        for beta in (0.0, 1.0, 100.0, 1e4)
    ]
    assert found == sorted(found, reverse=True) and found[0] > 0.6


def test_without_strength_it_is_ridge_regression_on_equal_environments():
    x = torch.tensor([[-1.0], [1.0], [-1.0], [1.0], [-1.0], [1.0]])
    y, env = [-1.0, 1.0, -1.0, 1.0, -3.0, 3.0], [0, 0, 0, 0, 1, 1]
    model = IRMv1(0.0, num_features=0, penalty=0.0).fit(x, y, env)
    assert model.predict([[1.0]]) == pytest.approx([2.0])


def test_loss_by_the_formula():
    generator = torch.Generator().manual_seed(0)
    phi, y, w = (
        torch.randn(size, generator=generator, dtype=torch.double) for size in ((40, 4), 40, 4)
    )
    env = torch.arange(40) % 3
    model = IRMv1(strength=7.0)
    model.penalty_ = 0.2
    scale = torch.ones((), dtype=torch.double, requires_grad=True)
    risks = [(y - scale * phi @ w)[env == k].square().mean() for k in range(3)]
    grads = [torch.autograd.grad(risk, scale, retain_graph=True)[0] for risk in risks]
    plain = sum(risk + 7 * grad**2 for risk, grad in zip(risks, grads, strict=True)) / 3
    expected = (plain + 0.2 * w[1:].square().sum()) / 8
    torch.testing.assert_close(model.loss(Moments.of(phi, y, env), w), expected.detach())


def test_derivatives():
    generator = torch.Generator().manual_seed(1)
    phi, y, w = (
        torch.randn(size, generator=generator, dtype=torch.double) for size in ((40, 4), 40, 4)
    )
    moments = Moments.of(phi, y, torch.arange(40) % 3)
    model = IRMv1(strength=3.0)
    model.penalty_ = 0.3

    def loss(w):
        return model.loss(moments, w)

    torch.testing.assert_close(model.gradient(moments, w), torch.func.grad(loss)(w))
    torch.testing.assert_close(model.hessian(moments, w), torch.func.hessian(loss)(w))


def test_the_result_is_a_minimum(mixed):
    x, y, env = mixed(100)
    model = IRMv1(num_features=16, penalty=0.01).fit(x, y, env)
    number = torch.from_numpy(env)
    target = (torch.from_numpy(y) - y.mean()) / y.std()
    moments = Moments.of(model._features(torch.from_numpy(x)), target, number)
    w = model.coefficients_
    assert model.gradient(moments, w).abs().max() < 1e-9
    assert torch.linalg.eigvalsh(model.hessian(moments, w)).min() > 0
    start = moments.ridge(torch.full((2,), 0.5).double(), 0.01)
    assert model.loss(moments, w) < model.loss(moments, start)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"strength": -1.0}, "'strength' must be finite and not negative .got -1.0"),
        ({"max_iter": 0}, "'max_iter' must be positive .got 0"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        IRMv1(**options).fit([[1.0], [2.0]], [1.0, 2.0], [0, 1])
