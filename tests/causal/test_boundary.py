import itertools
import random

import networkx as nx
import pytest

from pyg_symm.causal import markov_boundary


def by_deletion(graph, subset, rng):
    """Nodes are deleted while one is separated by the others, in a random order."""
    rest = set(subset)
    while True:
        order = rng.sample(sorted(rest), len(rest))
        found = [v for v in order if nx.is_d_separator(graph, {"Y"}, {v}, rest - {v})]
        if not found:
            return rest
        rest.remove(found[0])


@pytest.mark.parametrize("seed", range(30))
def test_equal_to_deletion(seed, random_graph):
    graph = random_graph(5, seed)
    rng = random.Random(seed)
    for size in range(6):
        for subset in itertools.combinations(set(graph) - {"Y"}, size):
            assert markov_boundary(graph, "Y", subset) == by_deletion(graph, subset, rng)


def test_whole_set_has_the_markov_blanket():
    graph = nx.DiGraph([("P", "Y"), ("Y", "C"), ("S", "C"), ("G", "P"), ("C", "D")])
    assert markov_boundary(graph, "Y", "P C S G D".split()) == {"P", "C", "S"}
    assert isinstance(markov_boundary(graph, "Y", ["P"]), frozenset)


def test_other_nodes_are_latent():
    graph = nx.DiGraph([("Y", "C"), ("S", "C"), ("C", "D")])
    assert markov_boundary(graph, "Y", ["D", "S"]) == {"D", "S"}
    assert markov_boundary(graph, "Y", ["S"]) == frozenset()


def test_bad_input():
    graph = nx.DiGraph([("Y", "A")])
    with pytest.raises(ValueError, match="'subset' must hold other nodes than 'Y'"):
        markov_boundary(graph, "Y", ["A", "Y"])
    with pytest.raises(ValueError, match="'subset' must be nodes of the graph .got B"):
        markov_boundary(graph, "Y", ["B"])
    with pytest.raises(ValueError, match="'target' must be a node"):
        markov_boundary(graph, "Z", ["A"])
    graph.add_edge("A", "Y")
    with pytest.raises(ValueError, match="no cycle"):
        markov_boundary(graph, "Y", ["A"])
