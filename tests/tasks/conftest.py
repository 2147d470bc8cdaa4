import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import erdos_renyi_graph

from pyg_symm.tasks import GenerationData


def _data(sizes=None, **kwargs):
    torch.manual_seed(0)
    sizes = torch.randint(3, 9, (40,)).tolist() if sizes is None else sizes
    graphs = [Data(edge_index=erdos_renyi_graph(n, 0.4), num_nodes=n) for n in sizes]
    return GenerationData(graphs, **{"batch_size": 8, "num_node_classes": 1, **kwargs})


@pytest.fixture
def data():
    """Makes random graphs to imitate, of sizes that can be given."""
    return _data
