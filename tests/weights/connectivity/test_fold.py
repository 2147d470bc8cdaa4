import pytest
import torch
from torch_geometric import nn as gnn

from pyg_symm.weights.connectivity.fold import fold, foldable, output_dim

EDGES = torch.tensor([[0, 1, 2, 3, 1], [1, 2, 3, 0, 3]])
DENSE = {
    "linear": (lambda bias: torch.nn.Linear(4, 6, bias=bias), (5, 4)),
    "pyg_linear": (lambda bias: gnn.Linear(4, 6, bias=bias), (5, 4)),
    "conv1d": (lambda bias: torch.nn.Conv1d(4, 6, 3, bias=bias), (2, 4, 7)),
    "conv2d": (lambda bias: torch.nn.Conv2d(4, 6, 3, groups=2, bias=bias), (2, 4, 7, 7)),
    "conv3d": (lambda bias: torch.nn.Conv3d(4, 6, 2, bias=bias), (2, 4, 3, 3, 3)),
    "transposed1d": (lambda bias: torch.nn.ConvTranspose1d(4, 6, 3, bias=bias), (2, 4, 7)),
    "transposed2d": (
        lambda bias: torch.nn.ConvTranspose2d(4, 6, 3, groups=2, bias=bias),
        (2, 4, 5, 5),
    ),
}
GRAPH = {
    "gcn": lambda bias: gnn.GCNConv(4, 6, bias=bias),
    "sgc": lambda bias: gnn.SGConv(4, 6, K=2, bias=bias),
    "graph": lambda bias: gnn.GraphConv(4, 6, bias=bias),
    "sage": lambda bias: gnn.SAGEConv(4, 6, bias=bias),
    "sage_without_root": lambda bias: gnn.SAGEConv(4, 6, root_weight=False, bias=bias),
    "tag": lambda bias: gnn.TAGConv(4, 6, bias=bias),
    "cheb": lambda bias: gnn.ChebConv(4, 6, K=3, bias=bias),
}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", [*DENSE, *GRAPH])
def test_outputs_are_scaled_and_shifted(name, bias):
    torch.manual_seed(0)
    if name in DENSE:
        build, shape = DENSE[name]
        inputs = (torch.randn(shape, dtype=torch.float64),)
    else:
        build, inputs = GRAPH[name], (torch.randn(4, 4, dtype=torch.float64), EDGES)
    layer = build(bias).double()
    before, dim = layer(*inputs), output_dim(layer)
    scale, shift = torch.randn(6).double(), torch.randn(6).double()
    fold(layer, scale, shift)
    expected = (before.movedim(dim, -1) * scale + shift).movedim(-1, dim)
    torch.testing.assert_close(layer(*inputs), expected)
    assert all(parameter.requires_grad for parameter in layer.parameters())


def test_layers_of_a_graph_network():
    mlp = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU(), torch.nn.Linear(4, 4))
    model = torch.nn.Module()
    model.gin = gnn.GINConv(mlp)
    model.plain = gnn.GINConv(torch.nn.Linear(4, 4))
    model.gat = gnn.GATConv(4, 4)
    model.gcn = gnn.GCNConv(4, 4)
    model.unit = gnn.SAGEConv(4, 4, normalize=True)
    model.attention = torch.nn.MultiheadAttention(4, 2)
    model.norm = torch.nn.LayerNorm(4)
    model.out = gnn.Linear(4, 2)
    assert foldable(model) == {"gin.nn.0": -1, "gin.nn.2": -1, "plain.nn": -1, "gcn": -1, "out": -1}


def test_tied_layers_are_left_out():
    model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4), torch.nn.Linear(4, 4))
    model[2].weight = model[0].weight
    assert list(foldable(model)) == ["1"]
