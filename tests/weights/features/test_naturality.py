import copy

import pytest
import torch
from torch import nn
from torch_geometric import nn as pyg

from pyg_symm.weights import declare_spec, mlp_spec
from pyg_symm.weights.features.naturality import naturality_error


def test_renumbered_networks_are_equivalent(cnn, float64):
    model, spec = cnn()
    model = model.double()
    p = spec.random(torch.Generator().manual_seed(0))
    other = copy.deepcopy(model)
    other.load_state_dict(spec.apply(model.state_dict(), p))
    x = torch.randn(4, 1, 8, 8)
    errors = naturality_error(model, other, spec, p, x)
    assert list(errors) == ["0", "3", "7", "9"] and max(errors.values()) < 1e-12
    wrong = naturality_error(model, other, spec, spec.identity(), x)
    assert min(wrong.values()) > 0.1
    assert not model[0]._forward_hooks


def test_errors_are_those_of_the_layer_that_differs(mlp, float64):
    model, spec = mlp()
    other = copy.deepcopy(model)
    with torch.no_grad():
        other[2].weight *= 1.5
        other[2].bias *= 1.5
    errors = naturality_error(model, other, spec, spec.identity(), torch.randn(9, 5))
    assert errors["0"] == errors["4"] == 0 and abs(errors["2"] - 0.5) < 1e-12


def test_layers_inside_of_graph_layers():
    torch.manual_seed(0)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = pyg.GCNConv(3, 4), pyg.GCNConv(4, 2)

        def forward(self, x, edge_index):
            return self.two(self.one(x, edge_index).relu(), edge_index)

    model = Net().double()
    axes = {"one.lin.weight": ["h", None], "one.bias": ["h"], "two.lin.weight": [None, "h"]}
    spec = declare_spec(model.state_dict(), {**axes, "two.bias": [None]})
    p = {"h": torch.tensor([2, 0, 3, 1])}
    other = copy.deepcopy(model)
    other.load_state_dict(spec.apply(model.state_dict(), p))
    inputs = torch.randn(5, 3).double(), torch.tensor([[0, 1, 2], [1, 2, 3]])
    errors = naturality_error(model, other, spec, p, *inputs)
    assert list(errors) == ["one.lin", "two.lin"] and max(errors.values()) < 1e-12


def test_other_networks_are_refused(mlp):
    model, spec = mlp()
    with pytest.raises(ValueError, match="'0.weight' has shape"):
        naturality_error(model, model, mlp_spec([5, 9, 7, 3]), spec.identity(), torch.randn(2, 5))
