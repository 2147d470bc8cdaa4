import networkx as nx
import numpy as np
import pytest
import torch
from scipy.sparse import block_diag
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symm.datasets import GenericGraphs
from pyg_symm.metrics.graphs import graph_set


def dense(graphs):
    return [adjacency.toarray().tolist() for adjacency in graph_set(graphs)]


def test_forms_agree():
    graphs = [nx.path_graph(3), nx.empty_graph(0), nx.complete_graph(4), nx.empty_graph(2)]
    expected = [nx.to_numpy_array(graph).tolist() for graph in graphs if len(graph)]
    expected.insert(1, [])
    data = [Data(edge_index=torch.tensor(list(g.to_directed().edges)).long().view(-1, 2).t(),
                 num_nodes=len(g)) for g in graphs]  # fmt: skip
    for form in (graphs, data, (g for g in graphs), Batch.from_data_list(data)):
        assert dense(form) == expected
    assert dense(graph_set(graphs)) == expected
    assert [nx.to_numpy_array(g).tolist() for g in graph_set(data).networkx() if len(g)] == [
        expected[0],
        *expected[2:],
    ]
    assert len(graph_set(GenericGraphs("community", "test"))) == 20


def test_edges_are_undirected_and_simple():
    edge_index = torch.tensor([[0, 1, 2, 2, 0], [1, 0, 1, 2, 1]])
    assert dense(Data(edge_index=edge_index, num_nodes=3)) == [[[0, 1, 0], [1, 0, 1], [0, 1, 0]]]


def test_names_of_nodes_do_not_count():
    assert dense(nx.relabel_nodes(nx.path_graph(3), {0: "b", 1: "a", 2: 7})) == dense(
        nx.path_graph(3)
    )


def test_add():
    one, other = [nx.path_graph(3), nx.empty_graph(0)], [nx.cycle_graph(4)]
    assert dense(graph_set(one) + graph_set(other)) == dense(one + other)
    assert np.array_equal((graph_set(one) + graph_set([])).ptr, [0, 3, 3])


@pytest.mark.parametrize("num_entries", [1, 10, 1000])
def test_parts(num_entries):
    sets = [nx.path_graph(3), nx.empty_graph(2), nx.empty_graph(0), nx.complete_graph(5)] * 3
    graphs = graph_set(sets)
    parts = list(graphs.parts(num_entries))
    assert len(parts) == {1: 6, 10: 4, 1000: 1}[num_entries]
    assert np.array_equal(block_diag(parts).toarray(), graphs.adjacency.toarray())
    assert [part.shape for part in graph_set([]).parts()] == [(0, 0)]


@pytest.mark.parametrize("graphs", [3, "planar", torch.eye(3), [torch.eye(3)], [nx.Graph(), None]])
def test_no_graphs(graphs):
    with pytest.raises(ValueError, match=r"'made' must be graphs of PyG or networkx \(got <class"):
        graph_set(graphs, "made")


def test_bad_edges():
    outside = Data(edge_index=torch.tensor([[0], [3]]), num_nodes=3)
    with pytest.raises(ValueError, match=r"a graph of 3 nodes .* \(got nodes 0 to 3\)"):
        graph_set([from_networkx(nx.path_graph(4)), outside])
    with pytest.raises(ValueError, match="without 'edge_index'"):
        graph_set(Data(num_nodes=3))
    batch = Batch.from_data_list([from_networkx(nx.path_graph(3))] * 2)
    batch.edge_index = torch.tensor([[0], [5]])
    with pytest.raises(ValueError, match="must not join nodes of different graphs"):
        graph_set(batch)
