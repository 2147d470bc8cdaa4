import networkx as nx
import numpy as np
import pytest

from pyg_symm.causal import PooledRidge, baselines_of


def test_variables_of_the_published_graph(simulated_graph):
    found = baselines_of(simulated_graph, num_features=5, penalty=0.1, random_state=2)
    variables = {f"X{i}" for i in range(1, 11)}
    stable = variables - {"X9", "X10"}
    expected = [variables, set(), stable, variables, variables, variables]
    assert [set(model.variables) for model in found.values()] == expected
    for model in found.values():
        assert (model.num_features, model.penalty, model.random_state) == (5, 0.1, 2)


def test_parents_may_be_mutable():
    graph = nx.DiGraph([("E", "M"), ("M", "Y"), ("X", "Y"), ("Y", "Z")])
    found = baselines_of(graph)
    assert set(found["parents only"].variables) == {"M", "X"}
    assert set(found["pooled on stable"].variables) == {"X", "Z"}


def test_one_protocol_for_all():
    rng = np.random.default_rng(0)
    graph = nx.DiGraph([("E", "M"), ("Y", "M"), ("X", "Y")])
    env = np.arange(300) % 3
    x = rng.normal(size=300)
    y = x + 0.5 * rng.normal(size=300)
    m = np.array([1.0, 1.0, -1.0])[env] * y
    table = np.stack([env, m, x], 1)
    for name, model in baselines_of(graph, num_features=0).items():
        model.fit(table, y, env, feature_names=["E", "M", "X"])
        assert model.predict(table).shape == (300,)
        # Of the environment that is given, no more than its name is used.
        shifted = table + np.array([9.0, 0.0, 0.0])
        np.testing.assert_array_equal(model.predict(shifted), model.predict(table))
        lowest = 0.5 if "M" not in model.variables else 0
        assert model.score(table, y, env) > lowest, name


def test_the_environment_has_its_name():
    graph = nx.DiGraph([("site", "M"), ("Y", "M"), ("X", "Y")])
    for model in baselines_of(graph, env="site", num_features=0).values():
        assert model.env == "site"


def test_bad_graph():
    with pytest.raises(ValueError, match="'target' must not be adjacent to the environment"):
        baselines_of(nx.DiGraph([("E", "Y")]))
    assert isinstance(
        baselines_of(nx.DiGraph([("E", "M"), ("Y", "X")]))["parents only"], PooledRidge
    )
