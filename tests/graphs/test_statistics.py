import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symm.graphs.statistics import STATISTICS, graph_statistics


def of(graphs):
    batch = Batch.from_data_list(graphs)
    return graph_statistics(batch.edge_index, batch.batch, len(graphs))


def plain(graph):
    degrees = np.array([d for _, d in graph.degree()])
    return [
        len(graph),
        graph.number_of_edges(),
        nx.number_connected_components(graph),
        len(nx.cycle_basis(graph)),
        sum(nx.triangles(graph).values()) // 3,
        degrees.mean(),
        degrees.std(),
        degrees.max(),
        (degrees == 1).mean(),
    ]


def test_equal_to_networkx():
    graphs = [nx.gnp_random_graph(n, 0.3, seed=n) for n in (1, 2, 5, 9, 14)]
    graphs += [nx.path_graph(4), nx.complete_graph(5), nx.empty_graph(3), nx.petersen_graph()]
    found = of([from_networkx(graph) for graph in graphs])
    assert found.dtype == torch.double and found.shape == (9, len(STATISTICS))
    for row, graph in zip(found.tolist(), graphs, strict=True):
        assert row == pytest.approx(plain(graph))


def test_edges_count_once():
    once = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3)
    loops = torch.tensor([[0, 1, 1, 2, 1, 0], [1, 0, 0, 1, 1, 1]])
    often = Data(edge_index=loops, num_nodes=3)
    torch.testing.assert_close(of([once]), of([often]))


def test_graphs_without_nodes():
    empty = torch.zeros(2, 0, dtype=torch.long)
    none = torch.zeros(0, dtype=torch.long)
    assert graph_statistics(empty, none, 2).tolist() == [[0.0] * 9] * 2
    found = graph_statistics(torch.tensor([[0], [1]]), torch.tensor([1, 1]), 3)
    assert found[0].tolist() == found[2].tolist() == [0.0] * 9
    assert found[1, :2].tolist() == [2.0, 1.0]


def test_order_of_nodes_changes_nothing():
    graph = from_networkx(nx.barbell_graph(4, 2))
    order = torch.randperm(10, generator=torch.Generator().manual_seed(0))
    moved = Data(edge_index=order[graph.edge_index], num_nodes=10)
    torch.testing.assert_close(of([moved]), of([graph]))
