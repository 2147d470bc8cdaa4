"""Matching with specifications that were traced: heads, quadratic classes, graphs."""

import warnings

import pytest
import torch
from torch import nn
from torch_geometric import nn as gnn

from pyg_symm.weights import inverse, trace_spec
from pyg_symm.weights.matching import weight_matching

EDGES = torch.tensor([[0, 1, 2, 3, 4, 0, 2], [1, 2, 3, 4, 0, 3, 4]])
GRAPH = (torch.randn(5, 6, generator=torch.Generator().manual_seed(0)), EDGES)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.lin = nn.LSTM(6, 20), nn.Linear(20, 3)

    def forward(self, x):
        return self.lin(self.lstm(x)[0])


class Deep(nn.Module):
    """GCN2's weights have the same units on both axes."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 20), nn.Linear(20, 3)
        self.convs = nn.ModuleList(gnn.GCN2Conv(20, 0.3) for _ in range(3))

    def forward(self, x, edge_index):
        x = x0 = self.first(x).relu()
        for conv in self.convs:
            x = conv(x, x0, edge_index).relu()
        return self.last(x)


def transformer():
    layer = nn.TransformerEncoderLayer(24, 4, 30, dropout=0.0)
    encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    return nn.Sequential(nn.Linear(6, 24), encoder, nn.Linear(24, 3))


MODELS = {
    "lstm": (Recurrent, (torch.randn(7, 2, 6),)),
    "transformer": (transformer, (torch.randn(7, 2, 6),)),
    "gcn2": (Deep, GRAPH),
    "gin, batch norm": (lambda: gnn.GIN(6, 20, 3, 3, norm="batch_norm"), GRAPH),
    "gat": (lambda: gnn.GAT(6, 20, 3, 3, heads=4), GRAPH),
    "sage, jumping knowledge": (lambda: gnn.GraphSAGE(6, 20, 3, 3, jk="cat"), GRAPH),
    "pna": (
        lambda: gnn.PNA(
            6,
            20,
            2,
            3,
            aggregators=["mean", "max"],
            scalers=["identity", "amplification"],
            deg=torch.tensor([0, 4, 2]),
        ),
        GRAPH,
    ),
}


@pytest.mark.parametrize("make, inputs", MODELS.values(), ids=MODELS)
def test_planted_permutations_are_found(make, inputs):
    torch.manual_seed(0)
    model = make()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec = trace_spec(model, *inputs)
    assert sum(spec.classes.values()) >= 20
    assert bool(spec.groups) == (make in (transformer, MODELS["gat"][0]))
    generator = torch.Generator().manual_seed(0)
    a = {
        name: torch.randn(t.shape, generator=generator) if t.is_floating_point() else t
        for name, t in model.state_dict().items()
    }
    p = spec.random(generator)
    b = {
        name: t + 0.3 * torch.randn(t.shape, generator=generator) if t.is_floating_point() else t
        for name, t in spec.apply(a, p).items()
    }
    match = weight_matching(spec, a, b)
    for name, found in match.permutation.items():
        assert torch.equal(found, inverse(p)[name]), name
