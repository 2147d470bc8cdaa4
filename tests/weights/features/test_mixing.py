import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch_geometric import nn as pyg

from pyg_symm.weights import declare_spec, merge_features, mlp_spec, unmergeable


class Between(nn.Module):
    """Two linear layers with a function between, and its classes."""

    def __init__(self, function):
        super().__init__()
        self.one, self.two, self.function = nn.Linear(3, 6), nn.Linear(6, 2), function

    def forward(self, x):
        return self.two(self.function(self.one(x)).relu())


def spec_of(model):
    return mlp_spec([3, 6, 2], ["one", "two"]) if isinstance(model, Between) else None


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.softmax(dim=-1),
        lambda x: F.softmax(x, 1),
        lambda x: F.normalize(x),
        lambda x: x / x.norm(dim=-1, keepdim=True),
        lambda x: x / x.norm(2, 1, True),
        lambda x: x / torch.linalg.vector_norm(x, dim=[-1], keepdim=True),
        lambda x: x / torch.linalg.norm(x),
        lambda x: F.layer_norm(x, (6,)),
        nn.Softmax(dim=-1),
        nn.LayerNorm(6, elementwise_affine=False),
        pyg.PairNorm(),
    ],
)
def test_operations_over_units_are_refused(function):
    model = Between(function)
    with pytest.raises(ValueError, match=r"tensor 'one\.weight': .* runs over its units"):
        merge_features(model, spec_of(model), 0.1)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.softmax(dim=0),
        lambda x: F.softmax(x, 0),
        lambda x: F.normalize(x, 2.0, 0),
        lambda x: x / x.norm(dim=0),
        nn.Softmax(dim=0),
        nn.Tanh(),
    ],
)
def test_operations_over_samples_are_not(function):
    model = Between(function)
    assert unmergeable(model, spec_of(model)) == {}


def test_an_output_may_have_a_softmax():
    model = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 2), nn.LogSoftmax(dim=-1))
    assert unmergeable(model, mlp_spec([3, 6, 2])) == {}


def test_units_inside_of_a_layer_are_not_those_of_its_output():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = pyg.GINConv(nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4)))
            self.lin = nn.Linear(4, 2)

        def forward(self, x, edge_index):
            return self.lin(F.normalize(self.conv(x, edge_index)))

    model = Net()
    axes = {
        "conv.nn.0.weight": ["a", None],
        "conv.nn.0.bias": ["a"],
        "conv.nn.2.weight": ["h", "a"],
        "conv.nn.2.bias": ["h"],
        "lin.weight": [None, "h"],
        "*": [None],
    }
    found = unmergeable(model, declare_spec(model.state_dict(), axes))
    assert list(found) == ["h"] and "'conv.nn.2.weight': normalize runs" in found["h"]
