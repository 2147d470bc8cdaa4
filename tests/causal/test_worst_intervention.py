import networkx as nx
import numpy as np
import pytest

from pyg_symm.causal.regressor import CausalMinimaxRegressor


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    y, other = rng.normal(size=(2, 300))
    m = 50 + 10 * (0.5 * y + other)
    x = y * (m - 50) / 10 + rng.normal(size=300)
    graph = nx.DiGraph([("E", "M"), ("Y", "M"), ("M", "X"), ("Y", "X")])
    found = CausalMinimaxRegressor(graph, n_restarts=2).fit(np.stack([m, x], 1), 3 * y)
    return found, m, 3 * y


def test_mechanisms_are_in_the_units_of_the_data(model):
    found, m, y = model
    worst = found.worst_intervention_
    assert worst.parents == {"M": ("Y",)} and set(worst.values) == {"M"}
    assert m.min() - 1e-3 <= worst.values["M"].min() <= worst.values["M"].max() <= m.max() + 1e-3
    np.testing.assert_allclose(worst("M", y[:, None]), worst.values["M"], rtol=1e-4)


def test_other_variables_have_none(model):
    with pytest.raises(ValueError, match="'variable' must be one of .'M'. .got 'X'"):
        model[0].worst_intervention_("X", np.zeros((1, 1)))


def test_the_risk_is_that_of_the_predictor(model):
    found, m, y = model
    assert (
        found.worst_intervention_.risk
        > np.square(y - found.predict_classes(np.stack([m, np.zeros_like(m)], 1))[:, 0]).mean()
        * 0.8
    )
    risk = found.risks_[found.classes_.index(found.selected_)]
    assert found.worst_intervention_.risk == pytest.approx(risk.estimate, rel=0.15)
