import pytest
import torch

from pyg_symm.nn import EgoPlan, SPENConv


def _filled(module):
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return module


def _features(num_nodes=9, channels=3):
    return torch.randn(num_nodes, channels)


class _Stack(torch.nn.Module):
    def __init__(self, num_hops=1, edge_dim=None, **kwargs):
        super().__init__()
        width = (2, 4, 4)
        kwargs = {"num_hops": num_hops, "act": "elu", **kwargs}
        self.first = _filled(SPENConv(3, width, edge_dim=edge_dim, **kwargs))
        self.second = _filled(SPENConv(width, width, **kwargs))
        self.last = _filled(SPENConv(width, 5, **kwargs))
        self.num_hops = num_hops

    def reset_parameters(self):
        for conv in self.children():
            conv.reset_parameters()

    def forward(self, x, edge_index, edge_attr=None, batch=None, ego=None):
        if ego is None:
            ego = EgoPlan.from_edges(edge_index, x.size(0), self.num_hops)
        state = self.first(x, edge_attr=edge_attr, batch=batch, ego=ego)
        state = self.second(state, batch=batch, ego=ego)
        return self.last(state, batch=batch, ego=ego)


@pytest.fixture
def graph():
    """Edges among nine nodes: five, three and one that are not joined."""
    return torch.tensor(
        [
            [1, 0, 3, 1, 2, 2, 4, 1, 3, 6, 5, 6, 7, 7, 5],
            [0, 1, 1, 2, 0, 2, 3, 2, 4, 5, 6, 7, 6, 5, 7],
        ]
    )


@pytest.fixture
def features():
    """Makes random features of nodes."""
    return _features


@pytest.fixture
def filled():
    """Sets every parameter at random, also those that start at zero or one."""
    return _filled


@pytest.fixture
def make_stack():
    """Makes three layers: in by nodes and edges, on by members and pairs, out by nodes."""
    return _Stack
