"""Copies of units in PyG's networks, whose classes are traced."""

import pytest
import torch
from torch import nn
from torch_geometric import nn as pyg
from torch_geometric.utils import erdos_renyi_graph

from pyg_symm.weights import merge_features, trace_spec, unmergeable
from pyg_symm.weights.features.layout import Layout

PNA = {
    "aggregators": ["mean", "max", "std"],
    "scalers": ["identity", "amplification"],
    "deg": torch.tensor([1, 3, 4, 2]),
}
CASES = {
    "GCN": lambda: pyg.GCN(3, 6, 3, 2, norm="batch_norm"),
    "GCN, jumping": lambda: pyg.GCN(3, 6, 3, 2, jk="cat", norm="graph_norm"),
    "SAGE": lambda: pyg.GraphSAGE(3, 6, 3, 2, jk="max"),
    "GIN": lambda: pyg.GIN(3, 6, 3, 2, norm="batch_norm"),
    "GAT": lambda: pyg.GAT(3, 6, 3, 2, heads=2),
    "GAT, one head": lambda: pyg.GAT(3, 6, 2, 2, act="elu"),
    "GATv2": lambda: pyg.GAT(3, 6, 3, 2, heads=2, v2=True),
    "PNA": lambda: pyg.PNA(3, 6, 2, 2, **PNA),
    "MLP": lambda: pyg.MLP([3, 6, 6, 2]),
}


def copies(size, part):
    """All units once, and the first and the last one of each head again."""
    index = torch.arange(size).view(-1, part)
    return torch.cat([index, index[:, [0, -1, 0]]], dim=1).view(-1)


@pytest.mark.parametrize("case", CASES)
def test_copies_are_merged_exactly(case, float64, widen):
    model = CASES[case]().eval()
    for name, tensor in model.state_dict().items():
        if name.endswith(("running_mean", "running_var")):
            tensor.uniform_(0.5, 1.5)
    x, edge_index = torch.randn(12, 3), erdos_renyi_graph(11, 0.4)  # One node is isolated.
    inputs = (x,) if case == "MLP" else (x, edge_index)
    spec = trace_spec(model, *inputs)
    layout = Layout(model, spec)
    assert layout.free
    sources = {
        name: copies(size, layout.parts.get(name, size)) for name, size in layout.free.items()
    }
    wide, wide_spec = widen(model, spec, sources)
    torch.testing.assert_close(wide(*inputs), model(*inputs))
    result = merge_features(wide, wide_spec, 1e-12, distance="incoming")
    assert result.widths == spec.classes
    torch.testing.assert_close(result.model(*inputs), model(*inputs))


def test_hidden_units_of_a_transformer_are_merged_when_the_rest_is_frozen(float64, widen):
    layers = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, dropout=0.0)
    model = nn.Sequential(nn.Linear(3, 8), layers, nn.Linear(8, 2)).eval()
    x = torch.randn(4, 5, 3)
    spec = trace_spec(model, x)
    refused = unmergeable(model, spec)
    assert refused
    with pytest.raises(ValueError, match="cannot be merged exactly: tensor '"):
        merge_features(model, spec, 0.1)
    spec = spec.freeze(*refused)
    (hidden,) = (name for name, size in spec.classes.items() if size == 12)
    wide, wide_spec = widen(model, spec, {hidden: copies(12, 12)})
    result = merge_features(wide, wide_spec, 1e-12, distance="incoming")
    assert result.widths[hidden] == 12 == result.model[1].linear1.out_features
    torch.testing.assert_close(result.model(x), model(x))
