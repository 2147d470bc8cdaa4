import networkx as nx
import numpy as np
import pytest
import torch

from pyg_symm.causal.boundary import markov_boundary
from pyg_symm.causal.regressor import CausalMinimaxRegressor

# Y and the mutable M cause X1, X1 causes X2, and X3 is another cause of X2.
CHAIN = nx.DiGraph([("E", "M"), ("Y", "M"), ("M", "X1"), ("Y", "X1"), ("X1", "X2"), ("X3", "X2")])
NAMES = ["M", "X1", "X2", "X3"]


def linear_rows(num, seed=0):
    rng = np.random.default_rng(seed)
    y, a, b, c, d = rng.normal(size=(5, num))
    env = rng.integers(3, size=num)
    m = np.array([-1.0, 0.5, 2.0])[env] * y + a
    x1 = 1.5 * y - 0.8 * m + 0.7 * b
    x2 = 1.2 * x1 - 0.9 * d + 0.5 * c
    return np.stack([m, x1, x2, d], 1), y, env


class Short(CausalMinimaxRegressor):
    """For tests in which the search for interventions need not end."""

    _steps = 20


def product_rows(num, seed=0):
    """X1 = Y M + noise: M can make X1 worthless or misleading. X2 follows X1, and X3 is alone."""
    rng = np.random.default_rng(seed)
    y, a, b, c, d = rng.normal(size=(5, num))
    env = np.arange(num) % 3
    m = np.clip(np.array([-0.5, 0.0, 0.5])[env] * y + 0.5 * a, -1.5, 1.5)
    x1 = y * m + b
    return np.stack([m, x1, np.sin(x1) + d + 0.3 * c, d], 1), y, env


def coefficients(model, num):
    """Coefficients of all linear predictors in the units of the data [C, d]."""
    points = np.eye(num + 1, num)
    found = model.predict_classes(points)
    return (found[:num] - found[num]).T


def closed_form(subset):
    """The regression of Y on some columns and M under do(M), from the covariance."""
    # Columns of noise: Y, M (drawn anew), X1, X2, X3.
    y, m, b, c, d = np.eye(5)
    x1 = 1.5 * y - 0.8 * m + 0.7 * b
    columns = {"M": m, "X1": x1, "X2": 1.2 * x1 - 0.9 * d + 0.5 * c, "X3": d}
    used = ["M", *sorted(subset)]
    design = np.stack([columns[name] for name in used])
    found = dict(zip(used, np.linalg.solve(design @ design.T, design @ y), strict=True))
    return [found.get(name, 0.0) for name in NAMES]


def test_linear_predictors_have_the_closed_form():
    x, y, env = linear_rows(20_000)
    model = CausalMinimaxRegressor(CHAIN, regressor="linear", n_restarts=1).fit(x, y, env)
    assert {frozenset(), frozenset({"X1"}), frozenset({"X2", "X3"})} <= set(model.classes_)
    for subset, found in zip(model.classes_, coefficients(model, 4), strict=True):
        np.testing.assert_allclose(found, closed_form(subset), atol=0.02)


def test_shuffling_stable_variables_loses_what_they_tell():
    # X2 is below M and no child of Y: the published code shuffles it.
    x, y, env = linear_rows(20_000)
    options = {"regressor": "linear", "n_restarts": 1, "search": "all"}
    model = CausalMinimaxRegressor(CHAIN, regenerate="official", **options).fit(x, y, env)
    found = coefficients(model, 4)[model.classes_.index(frozenset({"X2"}))]
    expected = closed_form({"X2"})
    assert abs(expected[2]) > 0.3 and abs(found[2]) < 0.02
    kept = coefficients(model, 4)[model.classes_.index(frozenset({"X1"}))]
    np.testing.assert_allclose(kept, closed_form({"X1"}), atol=0.02)


def test_members_of_a_class_predict_the_same():
    x, y, env = product_rows(5000)
    model = CausalMinimaxRegressor(CHAIN, search="all", n_restarts=1).fit(x, y, env)
    outside = CHAIN.subgraph([node for node in CHAIN if node not in ("M", "E")])
    predicted = model.predict_classes(x)
    pairs = 0
    for i, subset in enumerate(model.classes_):
        j = model.classes_.index(markov_boundary(outside, "Y", subset))
        if i == j:
            continue
        pairs += 1
        assert np.square(predicted[:, i] - predicted[:, j]).mean() < 1e-2 * y.var()
        assert model.risks_[i].estimate == pytest.approx(model.risks_[j].estimate, rel=0.03)
    assert pairs == 4


def test_a_subset_is_better_than_all_stable_variables():
    x, y, env = product_rows(1500)
    graph = nx.DiGraph([("E", "M"), ("Y", "M"), ("M", "X1"), ("Y", "X1")])
    model = CausalMinimaxRegressor(graph).fit(x[:, :2], y, env)
    assert not model.condition_holds_ and model.mutable_ == {"M"}
    assert model.selected_ == frozenset()
    nothing, everything = model.risks_
    assert nothing.estimate == pytest.approx(y.var(), rel=0.06)
    assert everything.estimate > nothing.estimate + 0.03
    # On the training environments, and so by cross-validation, it is the other way round.
    none, both = np.square(y[:, None] - model.predict_classes(x[:, :2])).mean(0)
    assert both < 0.9 * none


def test_without_mutable_children_all_stable_variables_are_taken():
    graph = nx.DiGraph([("E", "M"), ("M", "X1"), ("Y", "X1"), ("X1", "X2"), ("X3", "X2")])
    x, y, env = linear_rows(300)
    model = CausalMinimaxRegressor(graph).fit(x, y, env)
    assert model.condition_holds_ and model.selected_ == {"X1", "X2", "X3"}
    assert model.classes_ == [model.selected_] and len(model.risks_) == 1
    other = x.copy()
    other[:, 2:] = 0  # X1 tells all that X2 and X3 tell.
    np.testing.assert_allclose(model.predict(other), model.predict(x), rtol=1e-7)


def test_without_mutable_variables():
    graph = nx.DiGraph([("Y", "X1"), ("X1", "X2"), ("X3", "X2"), ("M", "X2")])
    graph.add_node("E")
    x, y, _ = linear_rows(200)
    model = CausalMinimaxRegressor(graph).fit(x, y)
    assert model.condition_holds_ and model.mutable_ == frozenset()
    assert model.worst_intervention_.values == {} and np.isfinite(model.predict(x)).all()


@pytest.mark.parametrize("change", ["names", "order", "environments", "units"])
def test_the_choice_does_not_depend_on_conventions(change):
    x, y, env = product_rows(800)
    expected, graph, names = {"M"}, CHAIN, list(NAMES)
    base = Short(graph, n_restarts=2).fit(x, y, env, feature_names=names)
    if change == "names":
        new = dict(zip(NAMES, ["z", "q7", "A", "b"], strict=True)) | {"Y": "target", "E": "lab"}
        graph, names = nx.relabel_nodes(CHAIN, new), [new[name] for name in NAMES]
        back = {v: k for k, v in new.items()}
        model = Short(graph, "target", "lab", n_restarts=2)
        model.fit(x, y, env, feature_names=names)
        assert {back[name] for name in model.selected_} == base.selected_
        assert {back[name] for name in model.mutable_} == expected
        np.testing.assert_allclose(model.predict(x), base.predict(x), rtol=1e-5)
        return
    if change == "order":
        order = [2, 0, 3, 1]
        x, names = x[:, order], [names[i] for i in order]
    if change == "environments":
        env = np.array(["c", "a", "b"])[env]
    if change == "units":
        x, y = x * [1000, -0.01, 3, 5] + [7, 0, -100, 1], 40 * y - 3
    model = Short(graph, n_restarts=2).fit(x, y, env, feature_names=names)
    assert model.selected_ == base.selected_
    if change != "units":
        np.testing.assert_allclose(model.predict(x), base.predict(product_rows(800)[0]), rtol=1e-5)
    else:
        expected_risk = 1600 * base.risks_[0].estimate
        assert model.risks_[0].estimate == pytest.approx(expected_risk, rel=1e-3)


def test_predictions_need_no_labels_and_no_other_rows():
    x, y, env = linear_rows(300)
    model = CausalMinimaxRegressor(CHAIN, regressor="linear", n_restarts=1).fit(x, y, env)
    new, labels, other = linear_rows(50, seed=1)
    predicted = model.predict(new)
    model.score(new, np.random.default_rng(0).permutation(labels), other)
    np.testing.assert_array_equal(model.predict(new), predicted)
    one_by_one = np.concatenate([model.predict(new[i : i + 1]) for i in range(50)])
    np.testing.assert_allclose(one_by_one, predicted, rtol=1e-10)


def test_scores_are_of_the_worst_environment():
    x, y, env = linear_rows(600)
    model = CausalMinimaxRegressor(CHAIN, regressor="linear", n_restarts=1).fit(x, y, env)
    predicted = model.predict(x)
    scores = []
    for e in range(3):
        mine = env == e
        scores.append(1 - np.square(y - predicted)[mine].sum() / (y[mine].var() * mine.sum()))
    assert model.score(x, y, env) == pytest.approx(min(scores))
    assert model.score(x, y) == pytest.approx(1 - np.square(y - predicted).mean() / y.var())


def test_tensors_and_networks():
    x, y, env = linear_rows(200)
    model = CausalMinimaxRegressor(CHAIN, regressor="mlp", n_restarts=1)
    model.fit(torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(env))
    found = model.predict(torch.from_numpy(x))
    assert isinstance(found, torch.Tensor) and found.shape == (200,)
    np.testing.assert_array_equal(found.numpy(), model.predict(x))


def test_data_frames():
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    x, y, env = linear_rows(100)
    frame = pandas.DataFrame(x, columns=NAMES)[["X3", "M", "X2", "X1"]]
    frame["note"], frame["E"] = "text", np.array(["a", "b", "c"])[env]
    options = {"regressor": "linear", "n_restarts": 1}
    model = CausalMinimaxRegressor(CHAIN, **options).fit(frame, y)
    expected = CausalMinimaxRegressor(CHAIN, **options).fit(x, y, env)
    np.testing.assert_allclose(model.predict(frame), expected.predict(x))
    assert list(model.feature_names_in_) == list(frame.columns)
    with pytest.raises(ValueError, match="'X' must have the columns of 'fit' .missing: X1"):
        model.predict(frame.drop(columns="X1"))
    frame["E"] = "a"
    with pytest.raises(ValueError, match="at least two environments"):
        CausalMinimaxRegressor(CHAIN).fit(frame, y)


def changed(edges, removed=()):
    graph = CHAIN.copy()
    graph.remove_edges_from(removed)
    graph.add_edges_from(edges)
    return graph


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (changed([("X2", "X1")]), "'graph' must have no cycle"),
        (changed([("E", "Y")]), "'target' must not be adjacent to the environment"),
        (changed([("X3", "E")]), "'env' must have no parents"),
        (nx.Graph(CHAIN), "'graph' must be a networkx.DiGraph"),
        (None, "'graph' must be a networkx.DiGraph, a function"),
        (changed([("X3", "X9")]), "'X' must have one column for each of M, X1, X2, X3, X9"),
    ],
)
def test_bad_graphs(graph, message):
    with pytest.raises(ValueError, match=message):
        CausalMinimaxRegressor(graph).fit(*linear_rows(50))


def test_bad_tables():
    x, y, env = linear_rows(50)
    model = CausalMinimaxRegressor(CHAIN)
    with pytest.raises(ValueError, match="missing: X2"):
        model.fit(x, y, env, feature_names=["M", "X1", "X8", "X3"])
    with pytest.raises(ValueError, match="'env' must have at least two environments"):
        model.fit(x, y, np.zeros(50))
    with pytest.raises(ValueError, match="column 'X1' of 'X' must not be constant"):
        model.fit(np.where([0, 1, 0, 0], 3.0, x), y, env)
    with pytest.raises(ValueError, match="'y' must not be constant"):
        model.fit(x, 0 * y, env)
    bad = x.copy()
    bad[7, 2] = np.nan
    with pytest.raises(ValueError, match="'X' must be finite.*got nan in row 7, column 2"):
        model.fit(bad, y, env)
    with pytest.raises(ValueError, match="'y' must be finite"):
        model.fit(x, bad[:, 2], env)
    with pytest.raises(ValueError, match="not fitted"):
        model.predict(x)
    model.set_params(regressor="linear", n_restarts=1).fit(x, y, env)
    with pytest.raises(ValueError, match="X has 3 features"):
        model.predict(x[:, :3])
    with pytest.raises(ValueError, match="'X' must be finite"):
        model.predict(bad)
