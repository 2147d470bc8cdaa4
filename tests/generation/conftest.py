import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import erdos_renyi_graph

from pyg_symm.generation import PARD, GraphStatistics, PARDConfig

SMALL = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 2, "heads": 4}


def random_graph(n, seed, classes=3):
    torch.manual_seed(seed)
    edge_index = erdos_renyi_graph(n, 0.35)
    key = edge_index.amin(0) * n + edge_index.amax(0)
    x = torch.randint(classes, (n, 1))
    return Data(x=x, edge_index=edge_index, edge_attr=1 + key % 2, num_nodes=n)


@pytest.fixture(scope="session")
def graphs():
    return [random_graph(n, s) for s, n in enumerate([5, 8, 1, 6, 7, 4])]


@pytest.fixture
def make(graphs):
    def make(seed=0, max_hops=3, steps=4, network=None, **kwargs):
        torch.manual_seed(seed)
        statistics = GraphStatistics.of(graphs, 3, 3, max_hops)
        network = {**SMALL, **(network or {})}
        return PARD(PARDConfig(statistics, num_steps=steps, network=network, **kwargs)).eval()

    return make


@pytest.fixture
def seeded():
    return lambda seed=0: torch.Generator().manual_seed(seed)
