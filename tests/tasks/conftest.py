import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import erdos_renyi_graph

from pyg_symm.tasks import GenerationData


def _graphs(num=40):
    torch.manual_seed(0)
    return [
        Data(edge_index=erdos_renyi_graph(n, 0.4), num_nodes=n)
        for n in torch.randint(3, 9, (num,)).tolist()
    ]


def _data(**kwargs):
    return GenerationData(_graphs(), **{"batch_size": 8, "num_node_classes": 1, **kwargs})


@pytest.fixture
def data():
    """Makes random graphs to imitate."""
    return _data
