import networkx as nx
import numpy as np
import pytest
import torch

from pyg_symm.metrics.expressivity import from_edges


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Thousands of tiny operations: threads would mostly wait for each other."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(num_threads)


def marked(data):
    """The graph, each node with its feature and the closed walks among its neighbours."""
    graph = nx.empty_graph(data.num_nodes)
    graph.add_edges_from(data.edge_index.t().tolist())
    adj = nx.to_numpy_array(graph)
    for node in graph:
        near = adj[np.ix_(adj[node] > 0, adj[node] > 0)]
        walks = [round(np.trace(np.linalg.matrix_power(near, p))) for p in (2, 3, 4, 5, 6)]
        graph.nodes[node]["seen"] = (*data.x[node].tolist(), *walks)
    return graph


def isomorphic(one, other):
    one, other = (g if isinstance(g, nx.Graph) else marked(g) for g in (one, other))
    return nx.is_isomorphic(one, other, lambda a, b: a.get("seen") == b.get("seen"))


@pytest.fixture(scope="session")
def to_networkx():
    return marked


@pytest.fixture(scope="session")
def is_isomorphic():
    return isomorphic


@pytest.fixture(scope="session")
def plain():
    return lambda data: nx.Graph(marked(data).edges)


@pytest.fixture(scope="session")
def path_and_star():
    path = from_edges(torch.tensor([[0, 1, 2], [1, 2, 3]]), 4)
    return path, from_edges(torch.tensor([[0, 0, 0], [1, 2, 3]]), 4)
