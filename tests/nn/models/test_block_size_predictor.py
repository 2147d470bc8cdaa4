import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import erdos_renyi_graph

from pyg_symm.diffusion import BlockGraphs
from pyg_symm.nn.models import BlockSizePredictor

SMALL = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 2, "heads": 4}


def random_graph(n, seed):
    torch.manual_seed(seed)
    edge_index = erdos_renyi_graph(n, 0.35)
    key = edge_index.amin(0) * n + edge_index.amax(0)
    return Data(
        x=torch.randint(4, (n, 1)), edge_index=edge_index, edge_attr=1 + key % 3, num_nodes=n
    )


@pytest.fixture(scope="module")
def graphs():
    return BlockGraphs.from_data([random_graph(n, s) for s, n in enumerate([5, 12, 1, 9])])


def make():
    torch.manual_seed(0)
    return BlockSizePredictor(4, 4, max_size=6, max_degree=5, **SMALL).double().eval()


def test_repr():
    assert repr(make()) == (
        "BlockSizePredictor(4, 4, max_size=6, max_degree=5, hidden_channels=16, "
        "edge_channels=8, num_layers=2)"
    )


def test_later_blocks_do_not_leak(graphs):
    model = make()
    with torch.no_grad():
        plain = model(graphs).size
        late = graphs.block_id >= 2
        other = BlockGraphs(
            torch.where(late, 3 - graphs.node, graphs.node),
            graphs.edge,
            graphs.block_id,
            graphs.block_size,
            graphs.block_degree,
        )
        new = model(other).size
    assert (new - plain)[:, :2].abs().max() == 0
    assert (new - plain)[:, 2:].abs().max() > 1e-6
