import networkx as nx
import numpy as np
import pytest

from pyg_symm.causal.protocol import Estimator
from pyg_symm.causal.regressor import CausalMinimaxRegressor


class Plain(Estimator):
    def __init__(self, first, second=2):
        self.first, self.second = first, second


def test_parameters():
    plain = Plain(1)
    assert plain.get_params() == {"first": 1, "second": 2}
    assert plain.set_params(second=3) is plain and plain.second == 3
    assert repr(plain) == "Plain(first=1, second=3)"
    with pytest.raises(ValueError, match="Invalid parameter 'third'.*first.*second"):
        plain.set_params(third=1)


def test_before_the_fit():
    with pytest.raises((ValueError, AttributeError), match="not fitted yet; call 'fit' first"):
        Plain(1)._check_fitted()


def stable_children(names):
    """A mutable child of the target, and what both of them cause."""
    graph = nx.DiGraph([("E", names[0]), ("Y", names[0])])
    graph.add_edges_from((cause, name) for name in names[1:] for cause in ("Y", names[0]))
    return graph


def quick(x, y, mask, fold, generator):
    from pyg_symm.causal.ridge import fit_ridge

    return fit_ridge(x, y, mask, fold, generator, num_features=4)


class Quick(CausalMinimaxRegressor):
    _steps = 2


@pytest.mark.filterwarnings("ignore")  # Of what scikit-learn does in its checks.
def test_checks_of_scikit_learn():
    checks = pytest.importorskip("sklearn.utils.estimator_checks", reason="needs scikit-learn")
    model = Quick(stable_children, regressor=quick, search="greedy", max_classes=2, n_restarts=1)
    results = checks.check_estimator(model, on_skip=None, on_fail=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert failed == {}
    assert sum(r["status"] == "passed" for r in results) > 30


def test_tools_of_scikit_learn():
    base = pytest.importorskip("sklearn.base", reason="needs scikit-learn")
    pipeline = pytest.importorskip("sklearn.pipeline")
    model = CausalMinimaxRegressor(stable_children, regressor="linear", random_state=3)
    twin = base.clone(model)
    assert twin is not model and twin.get_params() == model.get_params()
    assert base.is_regressor(model)
    rng = np.random.default_rng(0)
    y = rng.normal(size=60)
    x = np.stack([y + rng.normal(size=60) for _ in range(3)], 1)
    steps = pipeline.make_pipeline(twin).fit(x, y)
    np.testing.assert_array_equal(steps.predict(x), model.fit(x, y).predict(x))
