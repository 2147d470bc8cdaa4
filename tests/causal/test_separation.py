import itertools

import networkx as nx
import pytest

from pyg_symm.causal.separation import BitGraph, d_separated, ones


def test_sets_are_bits():
    bits = BitGraph(nx.DiGraph([("A", "B"), ("C", "B"), ("B", "D")]))
    assert bits.nodes == ("A", "B", "C", "D")
    assert bits.mask(["D", "A", "D"]) == 0b1001 and bits.subset(0b1001) == {"A", "D"}
    assert bits.ancestors_of(bits.mask("B")) == bits.mask("ABC")
    assert bits.ancestors_of(0) == 0
    assert list(ones(0b10110)) == [2, 4, 16] and list(ones(0)) == []


@pytest.mark.parametrize("seed", range(15))
def test_equal_to_networkx(seed, random_graph):
    graph = random_graph(5, seed)
    for given in itertools.chain.from_iterable(
        itertools.combinations(graph, size) for size in range(5)
    ):
        for a, b in itertools.combinations(set(graph) - set(given), 2):
            expected = nx.is_d_separator(graph, {a}, {b}, set(given))
            assert d_separated(graph, a, [b], given) == d_separated(graph, b, [a], given)
            assert d_separated(graph, a, [b], given) == expected


@pytest.mark.parametrize("seed", range(20))
def test_sets_in_large_graphs(seed, random_graph):
    graph = random_graph(70, seed)  # More nodes than a machine word has bits.
    others = {f"X{i}" for i in range(seed + 1, 70, 23)}
    given = {f"X{i}" for i in range(1, 71)} - others
    given = {node for node in given if (int(node[1:]) + seed) % 3}
    assert d_separated(graph, "Y", others, given) == nx.is_d_separator(graph, {"Y"}, others, given)


def test_colliders_open_by_what_is_below_them():
    graph = nx.DiGraph([("A", "C"), ("B", "C"), ("C", "D")])
    assert d_separated(graph, "A", ["B"])
    assert not d_separated(graph, "A", ["B"], ["D"])
    assert d_separated(graph, "A", ["D"], ["C"])


def test_walks_pass_what_they_may():
    bits = BitGraph(nx.DiGraph([("A", "B"), ("C", "B"), ("C", "D")]))
    a, b, c, d = bits.bit.values()
    assert bits.reached(a, 0, 0) == b
    assert bits.reached(a, 0, b) == a | b | c  # The walk back along its arrow is one, too.
    assert bits.reached(a, c, b) == a | b | c | d
    assert bits.reached(a, b | c, 0) == b


def test_bad_input():
    graph = nx.DiGraph([("A", "B"), ("B", "C")])
    with pytest.raises(ValueError, match="'node' must be a node of the graph .got 'X'"):
        d_separated(graph, "X", ["A"])
    with pytest.raises(ValueError, match="'others' must hold other nodes than 'A'"):
        d_separated(graph, "A", ["A"])
    with pytest.raises(ValueError, match="'given' must be nodes of the graph .got X"):
        d_separated(graph, "A", ["B"], ["X"])
    with pytest.raises(ValueError, match="'given' must not hold any of 'others' .got B"):
        d_separated(graph, "A", ["B", "C"], ["B"])
