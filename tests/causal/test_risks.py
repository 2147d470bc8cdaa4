import itertools
import math
from functools import partial

import pytest
import torch

from pyg_symm.causal.ridge import fit_ridge
from pyg_symm.causal.risks import Risk, RiskEstimator
from pyg_symm.causal.structure import fit_structure

linear = partial(fit_ridge, num_features=0)


def additive_rows(num, seed=0, slope=1.0):
    """Y, M, X: M follows Y and another law in each environment, X = Y + M + noise."""
    generator = torch.Generator().manual_seed(seed)
    y, other, u = torch.randn(3, num, generator=generator)
    m = slope * y + other
    return torch.stack([y, m, y + m + u], 1)


def estimator(values, residuals=True, regress=linear, parents=((), (0,), (0, 1)), **options):
    generator = torch.Generator().manual_seed(0)
    fold = torch.arange(len(values)) % 5
    above = [list(p) for p in parents]
    model = fit_structure(above, [1], 0, values, regress, fold, generator, residuals)
    arguments = {"shift_budget": 1.0, "restarts": 4, "seed": 7, **options}
    return RiskEstimator(model, [1, 2], regress, fold, [1], **arguments)


@pytest.mark.parametrize(("residuals", "expected"), [(True, 0.5), (False, 1.0)])
def test_without_residuals_the_risk_doubles(residuals, expected):
    # The predictor is (x - m) / 2 with risk 1 / 2, whatever the law of M; without noise it seems
    # to be x - m, whose risk is the variance of the noise.
    found = estimator(additive_rows(20_000), residuals)
    f = found.fit([[1, 2]], torch.arange(20_000))
    for slope in (-3.0, 0.0, 3.0):
        y, m, x = additive_rows(20_000, seed=1, slope=slope).T
        error = (y - f(torch.stack([m, x], 1))[0]).square().mean()
        assert abs(float(error) - expected) < 0.05
    risk = found.risks([[1, 2]])[0]
    assert abs(risk.estimate - (0.5 if residuals else 0.0)) < 0.03
    assert risk.upper - risk.lower < 0.02  # It does not depend on the intervention.


def product_rows(num, seed=0):
    """Y, M, X: X = Y M + noise, so that M can make X worthless or misleading."""
    generator = torch.Generator().manual_seed(seed)
    y, u, other = torch.randn(3, num, generator=generator)
    env = torch.arange(num) % 3
    m = (torch.tensor([-0.5, 0.0, 0.5])[env] * y + 0.5 * other).clamp(-1.5, 1.5)
    return torch.stack([y, m, y * m + u], 1), env


def test_the_risk_is_at_least_that_of_each_environment():
    values, env = product_rows(3000)
    found = estimator(values, regress=fit_ridge)
    sets = [[1], [1, 2]]
    f = found.fit(sets, torch.arange(3000))
    for risk, predicted in zip(found.risks(sets), f(values[:, 1:]), strict=True):
        errors = (values[:, 0] - predicted).square()
        for e in range(3):
            mine = errors[env == e]
            two = 2 * math.hypot(risk.standard_error, float(mine.std()) / len(mine) ** 0.5)
            assert risk.estimate + two > float(mine.mean())


def test_risks_grow_with_the_budget_and_all_sets_share_numbers():
    values, _ = product_rows(1500)
    curve = [
        estimator(values, regress=fit_ridge, shift_budget=budget).risks([[1, 2], [1]])
        for budget in (0.0, 0.5, 1.0)
    ]
    for before, after in itertools.pairwise(curve):
        assert after[0].estimate > before[0].estimate - 0.01
    assert curve[-1][0].estimate > curve[0][0].estimate + 0.05
    # A predictor without X has the same risk under every intervention.
    assert curve[0][1].estimate == pytest.approx(curve[-1][1].estimate, abs=0.02)


def test_the_worst_case_of_a_product():
    # As in the exact calculation of test_worst_case.py, with the range of M.
    values, _ = product_rows(6000)
    bound = values[:, 1].abs().max()
    square = values[:, 0].square()
    m = torch.linspace(0, float(bound), 300).square().unsqueeze(1)
    exact = float(((square + m) / (1 + m).square()).amax(0).mean())
    with_x, without = estimator(values, regress=fit_ridge).risks([[1, 2], [1]])
    assert abs(with_x.estimate - exact) < 0.08
    assert with_x.estimate - without.estimate > 0.04


def test_chunks_of_sets_and_repeated_calls_agree(monkeypatch):
    values, _ = product_rows(400)
    sets = [[1], [1, 2], [2]]
    whole = estimator(values, regress=fit_ridge, steps=20).risks(sets)
    monkeypatch.setattr("pyg_symm.causal.risks._ELEMENTS", 1)
    parts = estimator(values, regress=fit_ridge, steps=20).risks(sets)
    for a, b in zip(whole, parts, strict=True):
        assert a == pytest.approx(b, rel=1e-3)


def test_the_estimate_is_between_its_restarts():
    # For an odd number of rows, too, and for a predictor whose restarts are alike.
    for num in (401, 402, 403):
        found = estimator(product_rows(num)[0], regress=fit_ridge, steps=20)
        for risk in found.risks([[1], [1, 2], [2]]):
            assert risk.lower <= risk.estimate <= risk.upper


def test_risks_are_numbers():
    assert float(Risk(1.0, 0.5, 1.5, 0.1)) == 1.0
