import copy
import itertools

import pytest
import torch

from pyg_symm.nn.models import INSET

BATCH = torch.tensor([0, 0, 0, 1, 2, 2, 2, 2, 2])


def built(seed=0, **kwargs):
    torch.manual_seed(seed)
    return INSET(4, 8, **kwargs).double().eval()


def features(num=9, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(num, 4, generator=generator, dtype=torch.double)


def all_subsets(num):
    return torch.tensor(list(itertools.product([False, True], repeat=num)))


def exact_gains(model, x, q):
    """By enumeration of all subsets of one set."""
    subsets = all_subsets(len(x))
    weight = torch.where(subsets, q, 1 - q)
    gains = []
    for i in range(len(x)):
        with_i, without_i = subsets.clone(), subsets.clone()
        with_i[:, i], without_i[:, i] = True, False
        change = model.value(x, with_i) - model.value(x, without_i)
        gains.append((weight.prod(dim=1) * change[:, 0]).sum())
    return torch.stack(gains)


@torch.no_grad()
@pytest.mark.parametrize("estimator", ["shared", "independent"])
def test_gains_are_unbiased(estimator):
    model, x = built(), features(6)
    q = torch.rand(6, generator=torch.Generator().manual_seed(3), dtype=torch.double)
    exact = exact_gains(model, x, q)
    generator = torch.Generator().manual_seed(4)
    rows = torch.stack(
        [
            model.marginal_gains(x, q, num_samples=200, estimator=estimator, generator=generator)
            for _ in range(50)
        ]
    )
    error = rows.std(dim=0) / len(rows) ** 0.5
    assert bool(((rows.mean(dim=0) - exact).abs() <= 4 * error + 1e-12).all())
    assert bool((error > 0).all())


@torch.no_grad()
def test_fixed_subsets_are_unbiased():
    model, x = built(), features(6)
    q = torch.rand(6, generator=torch.Generator().manual_seed(3), dtype=torch.double)
    found = model.marginal_gains(x, q, num_samples=20_000)
    assert torch.equal(found, model.marginal_gains(x, q, num_samples=20_000))
    exact = exact_gains(model, x, q)
    torch.testing.assert_close(found, exact, rtol=0.05, atol=float(exact.abs().max()) * 0.02)


def test_gains_are_the_derivatives_of_the_expected_value():
    model, x = built(), features(5)
    q = torch.rand(5, generator=torch.Generator().manual_seed(3), dtype=torch.double)
    q.requires_grad_()
    subsets = all_subsets(5)
    expected = (torch.where(subsets, q, 1 - q).prod(dim=1) * model.value(x, subsets)[:, 0]).sum()
    (derivative,) = torch.autograd.grad(expected, q)
    torch.testing.assert_close(derivative, exact_gains(model, x, q.detach()), atol=1e-5, rtol=0)


class Modular(torch.nn.Module):
    """Values that are sums over elements, in place of those of a model."""

    def forward(self, h, mask, index, size):
        part = mask.to(h.dtype) * h[:, 0]
        return part.new_zeros(*part.shape[:-1], size).index_add(-1, index, part)

    def gains(self, h, mask, index, size, wanted=None):
        return h[:, 0].expand(mask.shape)


def test_sums_are_solved_by_one_step():
    model, x = built(), features(6)
    model.encoder = torch.nn.Linear(4, 8).double()
    model.mean_field.set_function = Modular()
    w = model.encoder(x)[:, 0]
    q = model(x)
    torch.testing.assert_close(q, w.sigmoid(), atol=1e-6, rtol=0)
    log_partition = torch.logsumexp(model.value(x, all_subsets(6))[:, 0], dim=0)
    torch.testing.assert_close(elbo(model, x, q), log_partition, atol=1e-5, rtol=0)


def elbo(model, x, q):
    subsets = all_subsets(len(x))
    value = (torch.where(subsets, q, 1 - q).prod(dim=1) * model.value(x, subsets)[:, 0]).sum()
    return value - (torch.xlogy(q, q) + torch.xlogy(1 - q, 1 - q)).sum()


@torch.no_grad()
def test_updates_of_one_element_raise_the_bound():
    model, x = built(), features(6)
    model.mean_field.set_function.out.weight.mul_(20)
    q = torch.full((6,), 0.5, dtype=torch.double)
    log_partition = torch.logsumexp(model.value(x, all_subsets(6))[:, 0], dim=0)
    bounds = [elbo(model, x, q)]
    for i in [0, 1, 2, 3, 4, 5] * 3:
        q[i] = exact_gains(model, x, q)[i].sigmoid()
        bounds.append(elbo(model, x, q))
    rise = torch.stack(bounds).diff()
    assert bool((rise >= -1e-9).all()) and float(rise.max()) > 1e-4
    assert bounds[-1] <= log_partition


def test_the_bound_trains_the_second_network_only():
    model, x = built(inference="copula").train(), features()
    sets = model.elements(x, BATCH)
    model.mean_field.bound(sets, *model.mean_field.start(sets)).backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is not None) == ("recognition" in name), name


def test_implicit_differentiation():
    model, x = built(implicit=True, superset=True), features(5)
    y = torch.tensor([1, 0, 0, 1, 0]).double()

    def cost(weight):
        clone = copy.deepcopy(model)
        clone.encoder.lin1.weight.data = weight.detach()
        q = torch.full((5,), 0.5, dtype=torch.double)
        sets = clone.elements(x, None)
        for _ in range(2000):
            q = 0.5 * q + 0.5 * clone.mean_field.gains(sets, q[None]).sigmoid()
        return float(((q - y) ** 2).sum())

    loss = ((model(x) - y) ** 2).sum()
    loss.backward()
    weight, eps = model.encoder.lin1.weight, 1e-5
    for i, j in [(0, 0), (3, 2)]:
        step = torch.zeros_like(weight)
        step[i, j] = eps
        with torch.no_grad():
            numeric = (cost(weight + step) - cost(weight - step)) / (2 * eps)
        assert abs(numeric - float(weight.grad[i, j])) < 1e-3 * max(1e-2, abs(numeric))
