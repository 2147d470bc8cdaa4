import itertools

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symm.metrics import orbit_counts

# The orbit of a node with each degree, by the sorted degrees of a connected graph.
ORBITS = {
    (1, 1): {1: 0},
    (1, 1, 2): {1: 1, 2: 2},
    (2, 2, 2): {2: 3},
    (1, 1, 2, 2): {1: 4, 2: 5},
    (1, 1, 1, 3): {1: 6, 3: 7},
    (2, 2, 2, 2): {2: 8},
    (1, 2, 2, 3): {1: 9, 2: 10, 3: 11},
    (2, 2, 3, 3): {2: 12, 3: 13},
    (3, 3, 3, 3): {3: 14},
}


def brute_force(graph):
    counts = np.zeros((len(graph), 15), dtype=np.int64)
    place = {node: i for i, node in enumerate(graph)}
    for size in (2, 3, 4):
        for nodes in itertools.combinations(graph, size):
            part = graph.subgraph(nodes)
            if nx.is_connected(part):
                degree = dict(part.degree())
                orbits = ORBITS[tuple(sorted(degree.values()))]
                for node in nodes:
                    counts[place[node], orbits[degree[node]]] += 1
    return torch.from_numpy(counts)


def test_all_graphs_of_up_to_six_nodes():
    graphs = [graph for graph in nx.graph_atlas_g() if 1 <= len(graph) <= 6]
    assert len(graphs) == 208
    assert torch.equal(orbit_counts(graphs), torch.cat([brute_force(graph) for graph in graphs]))


@pytest.mark.parametrize("p", [0.1, 0.3, 0.6, 0.9])
def test_random_graphs(p):
    graph = nx.gnp_random_graph(16, p, seed=0)
    assert torch.equal(orbit_counts(graph), brute_force(graph))


def test_input_forms():
    graphs = [nx.gnp_random_graph(n, 0.4, seed=n) for n in (5, 1, 9)]
    data = [from_networkx(graph) for graph in graphs]
    expected = torch.cat([orbit_counts(graph) for graph in graphs])
    assert expected.shape == (15, 15) and expected.dtype == torch.long
    assert torch.equal(orbit_counts(graphs), expected)
    assert torch.equal(orbit_counts(data), expected)
    assert torch.equal(orbit_counts(Batch.from_data_list(data)), expected)
    assert torch.equal(orbit_counts(data[2]), expected[6:])


def test_equivariant():
    data = from_networkx(nx.gnp_random_graph(20, 0.3, seed=1))
    order = torch.randperm(20, generator=torch.Generator().manual_seed(0))
    relabelled = Data(edge_index=order[data.edge_index], num_nodes=20)
    assert torch.equal(orbit_counts(relabelled)[order], orbit_counts(data))


def test_large_counts():
    counts = orbit_counts(nx.complete_graph(60))
    assert counts[:, 14].eq(59 * 58 * 57 // 6).all() and counts[:, 3].eq(59 * 58 // 2).all()
    assert counts[:, [1, 2, *range(4, 14)]].eq(0).all()
    star = orbit_counts(nx.star_graph(200))
    assert star[0, 7] == 200 * 199 * 198 // 6 and star[1, 6] == 199 * 198 // 2


def test_without_nodes_or_edges():
    assert orbit_counts([]).shape == (0, 15)
    assert orbit_counts(nx.empty_graph(0)).shape == (0, 15)
    assert torch.equal(orbit_counts(nx.empty_graph(3)), torch.zeros(3, 15, dtype=torch.long))
