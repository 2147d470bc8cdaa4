import networkx as nx
import pytest

from pyg_symm.causal.acyclic import check_acyclic, checked_nodes, interventional_graph, mechanisms


def test_parents_come_before_their_children(random_graph):
    for seed in range(20):
        graph = random_graph(6, seed)
        found = mechanisms(graph)
        assert found.keys() == set(graph)
        before = set()
        for node, parents in found.items():
            assert set(parents) == set(graph.predecessors(node)) <= before
            before.add(node)


def test_interventions_remove_nodes_from_a_copy(simulated_graph):
    graph = interventional_graph(simulated_graph, {"X9", "X10", "E"})
    assert set(graph) == {"Y", *(f"X{i}" for i in range(1, 9))}
    assert graph.number_of_edges() == 11
    assert simulated_graph.number_of_edges() == 18


def test_order_of_nodes_is_kept():
    graph = nx.DiGraph()
    graph.add_nodes_from("CAB")
    assert list(interventional_graph(graph, ["A"])) == ["C", "B"]


def test_bad_graphs():
    with pytest.raises(ValueError, match="'graph' must be a networkx.DiGraph .got Graph"):
        check_acyclic(nx.Graph())
    with pytest.raises(ValueError, match="'graph' must be a networkx.DiGraph .got list"):
        mechanisms([("A", "B")])
    cyclic = nx.DiGraph([("A", "B"), ("B", "C"), ("C", "B")])
    with pytest.raises(ValueError, match="no cycle .got the cycle (B -> C|C -> B)"):
        mechanisms(cyclic)
    with pytest.raises(ValueError, match="no cycle"):
        interventional_graph(cyclic, [])
    with pytest.raises(ValueError, match="no cycle .got the cycle A"):
        check_acyclic(nx.DiGraph([("A", "A")]))
    with pytest.raises(ValueError, match="'env' must be a node of the graph .got 'E'"):
        check_acyclic(nx.DiGraph([("A", "B")]), target="A", env="E")


def test_bad_nodes():
    graph = nx.DiGraph([("A", "B")])
    assert checked_nodes(graph, "nodes", ["B", "B"], "A") == {"B"}
    with pytest.raises(ValueError, match="'nodes' must be nodes of the graph .got C, D"):
        interventional_graph(graph, ["D", "A", "C"])
    with pytest.raises(ValueError, match="'nodes' must be a set of nodes .got the string 'B'"):
        interventional_graph(graph, "B")
    with pytest.raises(ValueError, match="'subset' must hold other nodes than 'A'"):
        checked_nodes(graph, "subset", ["A"], "A")
