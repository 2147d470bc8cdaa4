import itertools

import networkx as nx
import pytest

from pyg_symm.causal import equivalence_classes, interventional_graph, markov_boundary


def subsets(nodes):
    nodes = sorted(nodes)
    sizes = range(len(nodes) + 1)
    return [frozenset(s) for n in sizes for s in itertools.combinations(nodes, n)]


def by_definition(graph, nodes):
    """Whether two subsets are equivalent, from separations of single nodes by networkx.

    A set is d-separated if and only if each of its nodes is.
    """
    dependent = {
        given: {v for v in nodes - given if not nx.is_d_separator(graph, {"Y"}, {v}, set(given))}
        for given in subsets(nodes)
    }

    def equivalent(first, second):
        both = first | second
        return any(not dependent[s] & both for s in subsets(first & second))

    return equivalent


def assert_by_definition(graph, nodes, found):
    """Classes are disjoint, hold all subsets, and are those of the definition."""
    home = {member: i for i, each in enumerate(found) for member in each.members()}
    assert len(home) == sum(each.num_members for each in found) == 2 ** len(nodes)
    equivalent = by_definition(graph, nodes)
    for first, second in itertools.combinations(home, 2):
        assert (home[first] == home[second]) == equivalent(first, second)


@pytest.mark.parametrize("seed", range(100))
def test_random_graphs(seed, random_graph):
    num = 1 + seed % 7
    graph = random_graph(num, seed)
    nodes = set(graph) - {"Y"}
    found = list(equivalence_classes(graph, "Y", nodes))
    assert_by_definition(graph, nodes, found)
    for each in found:
        for member in each.members():
            assert markov_boundary(graph, "Y", member) == each.representative


def test_published_graph(simulated_graph):
    nodes = {f"X{i}" for i in range(1, 9)}
    found = list(equivalence_classes(simulated_graph, "Y", nodes))
    assert len(found) == 45
    graph = interventional_graph(simulated_graph, {"X9", "X10", "E"})
    home = {member: each for each in found for member in each.members()}
    assert len(home) == 256
    equivalent = by_definition(graph, nodes)
    for member, each in home.items():
        assert equivalent(member, each.representative)
    for first, second in itertools.combinations(found, 2):
        assert not equivalent(first.representative, second.representative)


def test_partition_written_out():
    graph = nx.DiGraph([("Y", "X3"), ("X1", "X3"), ("X3", "X2")])
    found = list(equivalence_classes(graph, "Y", ["X1", "X2", "X3"]))
    names = [["".join(sorted(m)).replace("X", "") for m in each.members()] for each in found]
    assert sorted(names) == [["", "1"], ["12"], ["13", "123"], ["2"], ["3", "23"]]


@pytest.mark.parametrize("num", [1, 4, 30])
def test_chain(num):
    graph = nx.path_graph(["Y", *range(num)], create_using=nx.DiGraph)
    found = list(equivalence_classes(graph, "Y", range(num)))
    assert [each.representative for each in found] == [
        frozenset(),
        *({node} for node in reversed(range(num))),
    ]
    assert [each.num_members for each in found] == [1, *(2**i for i in range(num))]


def test_star():
    graph = nx.DiGraph(("Y", node) for node in range(6))
    found = {
        each.representative: each.num_members for each in equivalence_classes(graph, "Y", range(6))
    }
    assert found == dict.fromkeys(subsets(range(6)), 1)


def test_target_without_edges():
    graph = nx.DiGraph([(0, 1), (1, 2)])
    graph.add_node("Y")
    (found,) = equivalence_classes(graph, "Y", [0, 1, 2])
    assert found.representative == frozenset() and found.optional == {0, 1, 2}
    (found,) = equivalence_classes(graph, "Y", [])
    assert list(found.members()) == [frozenset()]


def test_other_nodes_are_removed():
    graph = nx.DiGraph([("Y", "M"), ("M", "X")])
    assert [each.num_members for each in equivalence_classes(graph, "Y", ["X"])] == [2]
    assert len(list(equivalence_classes(graph, "Y", ["M", "X"]))) == 3


def test_classes_come_one_by_one():
    graph = nx.DiGraph(("Y", node) for node in range(200))
    found = list(equivalence_classes(graph, "Y", range(200), max_classes=3))
    assert [each.representative for each in found] == [frozenset(), {0}, {1}]
    long = nx.path_graph(["Y", *range(100)], create_using=nx.DiGraph)
    last = list(equivalence_classes(long, "Y", range(100)))[-1]
    assert last.num_members == 2**99
    assert list(itertools.islice(last.members(), 2)) == [{0}, {0, 1}]


def test_bad_input_is_found_before_the_first_class():
    graph = nx.DiGraph([("Y", "A"), ("A", "B")])
    with pytest.raises(ValueError, match="'nodes' must hold other nodes than 'Y'"):
        equivalence_classes(graph, "Y", graph)
    with pytest.raises(ValueError, match="'nodes' must be nodes of the graph .got C"):
        equivalence_classes(graph, "Y", ["C"])
    with pytest.raises(ValueError, match="'target' must be a node of the graph .got 'Z'"):
        equivalence_classes(graph, "Z", ["A"])
    with pytest.raises(ValueError, match="'max_classes' must be an integer of 1 or more .got 0"):
        equivalence_classes(graph, "Y", ["A"], max_classes=0)
    graph.add_edge("B", "A")
    with pytest.raises(ValueError, match="no cycle"):
        equivalence_classes(graph, "Y", ["A"])
