import pytest
import torch

from pyg_symm.nn.models import MultitaskNet
from pyg_symm.testing import assert_equivariant

BATCH = torch.tensor([0, 0, 0, 1, 1, 1, 2])


def test_node_outputs_are_equivariant(edges, lcm):
    net = MultitaskNet(5, 8, num_layers=3, node_channels=2, graph_channels=3, aggr=lcm(8))
    assert_equivariant(lambda x, edge_index: net(x, edge_index)[0], torch.randn(7, 5), edges)


def test_first_layer_has_its_own_weights_and_later_ones_share():
    def num_parameters(num_layers):
        net = MultitaskNet(5, 8, num_layers, node_channels=2, graph_channels=3)
        return sum(p.numel() for p in net.parameters())

    assert num_parameters(1) < num_parameters(2) == num_parameters(6)


def test_number_of_layers_is_checked():
    with pytest.raises(
        ValueError, match="'num_layers' must be an integer of 1 or more \\(got 0\\)"
    ):
        MultitaskNet(5, 8, 0, 2, 3)
