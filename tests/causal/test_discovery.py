import sys

import networkx as nx
import numpy as np
import pytest

from pyg_symm.causal.discovery import directed_graph, discover_graph
from pyg_symm.causal.regressor import CausalMinimaxRegressor


def rows(num=2000):
    """A and B cause Y, Y and the environment cause M."""
    rng = np.random.default_rng(0)
    a, b, u, v = rng.normal(size=(4, num))
    env = np.arange(num) % 2
    y = a + b + u
    m = y + 3 * env + v
    return np.stack([a, b, m], 1), y, env


@pytest.mark.filterwarnings("ignore")  # Of causal-learn.
def test_a_graph_with_colliders():
    pytest.importorskip("causallearn", reason="needs causal-learn")
    x, y, env = rows()
    graph = discover_graph(x, y, env, ["A", "B", "M"])
    assert set(graph.edges) == {("A", "Y"), ("B", "Y"), ("Y", "M"), ("E", "M")}


@pytest.mark.filterwarnings("ignore")
def test_the_regressor_finds_its_graph():
    pytest.importorskip("causallearn", reason="needs causal-learn")
    x, y, env = rows()
    model = CausalMinimaxRegressor("cdnod", regressor="linear", n_restarts=1)
    model.fit(x, y, env, feature_names=["A", "B", "M"])
    assert model.mutable_ == {"M"} and model.selected_ == {"A", "B"}


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "causallearn.search.ConstraintBased.CDNOD", None)
    with pytest.raises(ImportError, match=r"pip install \"pyg_symm\[discovery\]\""):
        discover_graph(*rows(10), ["A", "B", "M"])


def test_other_names_and_no_environments():
    with pytest.raises(ValueError, match="'graph' must be a networkx.DiGraph, a function.*'pc'"):
        CausalMinimaxRegressor("pc").fit(*rows(10))
    with pytest.raises(ValueError, match="'env' must be given"):
        CausalMinimaxRegressor("cdnod").fit(*rows(10)[:2])


def skeleton(graph):
    return {frozenset(edge) for edge in graph.edges}


def colliders(graph):
    return {
        (frozenset((a, b)), node)
        for node in graph
        for a in graph.predecessors(node)
        for b in graph.predecessors(node)
        if a != b and not (graph.has_edge(a, b) or graph.has_edge(b, a))
    }


@pytest.mark.parametrize("seed", range(20))
def test_directions_keep_colliders(seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(6).tolist()
    true = nx.DiGraph()
    true.add_nodes_from(range(6))
    pairs = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]
    true.add_edges_from(pair for pair in pairs if rng.random() < 0.5)
    fixed = {(a, node) for pair, node in colliders(true) for a in pair}
    found = directed_graph(range(6), fixed, skeleton(true) - {frozenset(edge) for edge in fixed})
    assert nx.is_directed_acyclic_graph(found) and skeleton(found) == skeleton(true)
    assert colliders(found) == colliders(true)


def test_edges_that_cannot_be_directed():
    square = {frozenset(pair) for pair in ("AB", "BC", "CD", "DA")}
    with pytest.raises(ValueError, match="no directions without a cycle or a new collider"):
        directed_graph("ABCD", set(), square)
