import networkx as nx
import pytest

from pyg_symm.causal import causal_components, minimax_condition


def test_published_components(simulated_graph):
    parts = causal_components(simulated_graph, "Y", "E")
    assert parts == {
        "mutable": {"X9", "X10"},
        "stable": {f"X{i}" for i in range(1, 9)},
        "mutable_children": {"X9"},
        "descendants": {"X1", "X2", "X3", "X4", "X10"},
        "intervened": {"X2", "X3", "X4", "X9", "X10"},
    }
    assert all(isinstance(nodes, frozenset) for nodes in parts.values())
    assert not minimax_condition(simulated_graph, "Y", "E")
    simulated_graph.remove_edge("Y", "X1")
    assert minimax_condition(simulated_graph, "Y", "E")


def test_without_mutable_children():
    graph = nx.DiGraph([("E", "M"), ("M", "X"), ("X", "Y"), ("Y", "Z")])
    parts = causal_components(graph, "Y", "E")
    assert parts["mutable_children"] == parts["descendants"] == parts["intervened"] == set()
    assert parts["stable"] == {"X", "Z"} and minimax_condition(graph, "Y", "E")


def test_a_mutable_child_below_another_is_no_descendant():
    graph = nx.DiGraph([("E", "M"), ("E", "N"), ("Y", "M"), ("Y", "N"), ("M", "N"), ("N", "X")])
    parts = causal_components(graph, "Y", "E")
    assert parts["mutable_children"] == {"M", "N"} and parts["descendants"] == {"X"}
    assert minimax_condition(graph, "Y", "E")


def test_nodes_of_any_kind_and_names():
    graph = nx.DiGraph([(0, 3), (7, 3), ((1, 2), 7)])
    parts = causal_components(graph, target=7, env=0)
    assert parts["mutable"] == {3} and parts["stable"] == {(1, 2)}


@pytest.mark.parametrize(
    "edges, message",
    [
        ([("E", "Y")], "'target' must not be adjacent to the environment .got 'Y'"),
        ([("Y", "E")], "'target' must not be adjacent"),
        ([("A", "E"), ("E", "B"), ("B", "Y")], "'env' must have no parents .got 'E' with A"),
        ([("E", "A"), ("A", "B"), ("B", "A"), ("A", "Y")], "no cycle"),
        ([("E", "A")], "'target' must be a node of the graph .got 'Y'"),
        ([("Y", "A")], "'env' must be a node of the graph .got 'E'"),
    ],
)
def test_bad_graphs(edges, message):
    for function in (causal_components, minimax_condition):
        with pytest.raises(ValueError, match=message):
            function(nx.DiGraph(edges), "Y", "E")


def test_target_and_environment_differ():
    with pytest.raises(ValueError, match="'env' must not be the target"):
        causal_components(nx.DiGraph([("Y", "A")]), "Y", "Y")
