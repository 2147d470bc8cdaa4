import networkx as nx
import pytest

from pyg_symm.causal.boundary import markov_boundary
from pyg_symm.causal.risks import Risk
from pyg_symm.causal.search import search_subsets

STABLE = ["A", "B", "C", "D"]
GRAPH = nx.DiGraph([("Y", "A"), ("A", "B"), ("C", "Y"), ("C", "D")])


def risk_of(subset):
    """Smallest for {A, C}: each of them helps."""
    return Risk(3.0 - ("A" in subset) - ("C" in subset) + 0.1 * len(subset), 0.0, 0.0, 0.0)


def run(search, max_classes=512, graph=GRAPH, stable=STABLE, risk=risk_of):
    calls = []

    def evaluate(subsets):
        calls.append(list(subsets))
        return [risk(subset) for subset in subsets]

    found = search_subsets(graph, "Y", stable, evaluate, search, max_classes)
    return found, calls


def best(found):
    return min(found, key=lambda subset: found[subset].estimate)


def test_classes():
    found, calls = run("classes")
    assert len(calls) == 1 and best(found) == {"A", "C"}
    assert all(markov_boundary(GRAPH, "Y", subset) == subset for subset in found)
    everything, _ = run("all")
    assert len(everything) == 16
    assert {markov_boundary(GRAPH, "Y", subset) for subset in everything} == found.keys()


def test_too_many_subsets():
    with pytest.raises(ValueError, match="'max_classes' must be at least 16.*got 15"):
        run("all", max_classes=15)


def test_greedy_finds_the_best_of_separate_contributions():
    found, calls = run("greedy")
    classes, _ = run("classes")
    assert best(found) == {"A", "C"} and found.keys() <= classes.keys()
    assert len(calls) <= 6


def test_many_classes_fall_back_to_the_greedy_search():
    star = nx.DiGraph([("Y", f"X{i}") for i in range(6)])
    stable = [f"X{i}" for i in range(6)]

    def risk(subset):
        return Risk(len(subset ^ {"X1", "X3"}), 0.0, 0.0, 0.0)

    with pytest.warns(UserWarning, match="more than 40 classes"):
        found, _ = run("classes", 40, star, stable, risk)
    assert best(found) == {"X1", "X3"} and len(found) <= 40
    assert run("greedy", 40, star, stable, risk)[0] == found
    assert len(run("greedy", 3, star, stable, risk)[0]) == 3


def test_nothing_to_choose_from():
    graph = nx.DiGraph()
    graph.add_node("Y")
    for search in ("classes", "all", "greedy"):
        assert list(run(search, graph=graph, stable=[])[0]) == [frozenset()]
