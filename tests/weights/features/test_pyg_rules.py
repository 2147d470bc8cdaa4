from fnmatch import fnmatchcase

import pytest
import torch
from torch import nn
from torch_geometric import nn as pyg
from torch_geometric.utils import erdos_renyi_graph

from pyg_symm.weights import HeadGroup, PermutationSpec, declare_spec, plain_axis
from pyg_symm.weights.features.layout import unmergeable
from pyg_symm.weights.features.merging import merge_features

NODES = 9  # The last of them isolated.


class Two(nn.Module):
    """Two layers with something between, of which the first one's channels are hidden."""

    def __init__(self, first, second, between=None):
        super().__init__()
        self.first, self.second, self.between = first, second, between or nn.Tanh()

    def forward(self, x, edge_index, **more):
        x = self.first(x, edge_index, **more)
        return self.second(self.between(x), edge_index, **more)


def lins(*names, rows=None, columns=None):
    return {f"{name}.weight": [rows, columns] for name in names}


def plain(*names):
    """Both layers have linear parts of these names, and their biases."""
    first = lins(*(f"first.{n}" for n in names), rows="h")
    second = lins(*(f"second.{n}" for n in names), columns="h")
    return {**first, **second, "first.*bias": ["h"]}


def mlp(i, h, o):
    return pyg.MLP([i, h, o], norm="batch_norm")


def gin(name, inner, rows, columns):
    """Axes of a GIN layer whose network has two linear layers and a batch norm."""
    return {
        f"{name}.nn.lins.0.weight": [inner, columns],
        f"{name}.nn.lins.0.bias": [inner],
        f"{name}.nn.norms.*": [inner],
        f"{name}.nn.lins.1.weight": [rows, inner],
        f"{name}.nn.lins.1.bias": [rows],
        f"{name}.eps": [None],
    }


def gat(lins_of=("lin",), atts=("att_src", "att_dst")):
    axes = {f"first.{lin}.weight": ["h", None] for lin in lins_of}
    axes |= {f"first.{lin}.bias": ["h"] for lin in lins_of}
    return {
        **axes,
        **{f"second.{lin}.weight": [None, "h"] for lin in lins_of},
        "first.bias": ["h"],
        "first.att*": [None, "heads", "channels"],
    }


H, SIX = 4, {"h": [0, 1, 2, 3, 1, 1]}
CASES = {
    "GCN": (pyg.GCNConv(3, H), pyg.GCNConv(H, 2), plain("lin"), SIX),
    "SG": (pyg.SGConv(3, H, 2), pyg.SGConv(H, 2), plain("lin"), SIX),
    "Cheb": (pyg.ChebConv(3, H, 2), pyg.ChebConv(H, 2, 2), plain("lins.?"), SIX),
    "TAG": (pyg.TAGConv(3, H, 2), pyg.TAGConv(H, 2, 2), plain("lins.?"), SIX),
    "Graph": (pyg.GraphConv(3, H), pyg.GraphConv(H, 2), plain("lin_rel", "lin_root"), SIX),
    "SAGE, max": (
        pyg.SAGEConv(3, H, aggr="max"),
        pyg.SAGEConv(H, 2, project=True),
        {
            **plain("lin_l", "lin_r"),
            "second.lin.weight": ["p", "h"],
            "second.lin.bias": ["p"],
            "second.lin_l.weight": [None, "p"],
        },
        {**SIX, "p": [0, 1, 2, 3, 0]},
    ),
    "GIN": (
        pyg.GINConv(mlp(3, 5, H), train_eps=True),
        pyg.GINConv(mlp(H, 5, 2)),
        {**gin("first", "a", "h", None), **gin("second", "b", None, "h")},
        {**SIX, "a": [0, 1, 2, 3, 4, 4], "b": [0, 1, 2, 3, 4, 0, 0]},
    ),
    "gated": (
        pyg.ResGatedGraphConv(3, H),
        pyg.ResGatedGraphConv(H, 2),
        plain("lin_key", "lin_query", "lin_value", "lin_skip"),
        SIX,
    ),
    "RGCN": (
        pyg.RGCNConv(3, H, 3, num_bases=2),
        pyg.RGCNConv(H, 2, 3),
        {
            "first.weight": [None, None, "h"],
            "first.root": [None, "h"],
            "first.bias": ["h"],
            "first.comp": [None, None],
            "second.weight": [None, "h", None],
            "second.root": ["h", None],
        },
        SIX,
    ),
    "gated graph": (
        pyg.GCNConv(3, H),
        nn.ModuleList([pyg.GatedGraphConv(H, 2), pyg.GCNConv(H, 2)]),
        {
            "first.lin.weight": ["h", None],
            "first.bias": ["h"],
            "second.0.weight": [None, "h", "h"],
            "second.0.rnn.weight*": ["h | h | h", "h"],
            "second.0.rnn.bias*": ["h | h | h"],
            "second.1.lin.weight": [None, "h"],
        },
        SIX,
    ),
    "PNA": (
        pyg.PNAConv(3, H, ["mean", "std"], ["identity", "linear"], torch.tensor([0, 1, 2])),
        pyg.PNAConv(H, 2, ["max"], ["identity"], torch.tensor([0, 1, 2])),
        {
            "first.pre_nns.0.0.weight": ["m", None],
            "first.pre_nns.0.0.bias": ["m"],
            "first.post_nns.0.0.weight": ["o", "3 | m | m | m | m"],
            "first.post_nns.0.0.bias": ["o"],
            "first.lin.weight": ["h", "o"],
            "first.lin.bias": ["h"],
            "second.pre_nns.0.0.weight": [None, "h | h"],
            "second.post_nns.0.0.weight": [None, "h | 4"],
        },
        {**SIX, "m": [0, 1, 2, 2], "o": [0, 1, 2, 3, 3]},
    ),
}


class Chain(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, x, edge_index):
        for layer in self.layers:
            x = layer(x, edge_index)
        return x


@pytest.fixture
def graph(float64):
    return torch.randn(NODES, 3), erdos_renyi_graph(NODES - 1, 0.4)


def declared(model, axes, groups=()):
    state = model.state_dict()
    dims = {name: [None] * t.dim() for name, t in state.items() if t.dim()}
    used = {p: e for p, e in axes.items() if any(fnmatchcase(n, p) for n in state)}
    rest = {n: e for n, e in dims.items() if not any(fnmatchcase(n, p) for p in used)}
    return declare_spec(state, {**used, **rest}, groups=groups)


def randomize(model):
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and "avg" not in name:
            tensor.uniform_(-0.5, 1.0)
            if name.endswith("running_var"):
                tensor.abs_()
    return model.double().eval()


def assert_merged(model, spec, sources, inputs, more, widen):
    index = {name: torch.tensor(units) for name, units in sources.items()}
    wide, wide_spec = widen(model, spec, index)
    torch.testing.assert_close(wide(*inputs, **more), model(*inputs, **more))
    result = merge_features(wide, wide_spec, 1e-12, distance="incoming")
    assert result.widths == spec.classes
    torch.testing.assert_close(result.model(*inputs, **more), model(*inputs, **more))
    assert str(result.model) == str(model)
    shapes = {name: t.shape for name, t in model.state_dict().items()}
    assert {name: t.shape for name, t in result.model.state_dict().items()} == shapes
    return result


@pytest.mark.parametrize("case", CASES)
def test_copies_of_channels_are_merged_exactly(case, graph, widen):
    first, second, axes, sources = CASES[case]
    if isinstance(second, nn.ModuleList):
        second = Chain(second)
        axes = {k.replace("second.", "second.layers."): v for k, v in axes.items()}
    model = randomize(Two(first, second))
    x, edge_index = graph
    more = {"edge_type": torch.arange(edge_index.size(1)) % 3} if case == "RGCN" else {}
    assert_merged(model, declared(model, axes), sources, (x, edge_index), more, widen)


@pytest.mark.parametrize(
    "norm", [pyg.BatchNorm(H), pyg.GraphNorm(H), pyg.InstanceNorm(H, affine=True)]
)
def test_norms_of_channels_are_merged_exactly(norm, graph, widen):
    model = randomize(Two(pyg.GCNConv(3, H), pyg.GCNConv(H, 2), norm))
    spec = declared(model, {**plain("lin"), "between.*": ["h"]})
    assert_merged(model, spec, SIX, graph, {}, widen)


def test_one_class_in_all_layers_of_gcn2(graph, widen):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.encode, self.decode = nn.Linear(3, H), nn.Linear(H, 2)
            self.convs = nn.ModuleList(
                [pyg.GCN2Conv(H, 0.1, 0.5, 1, shared_weights=s) for s in (True, False)]
            )

        def forward(self, x, edge_index):
            x = start = self.encode(x)
            for conv in self.convs:
                x = conv(x, start, edge_index).tanh()
            return self.decode(x)

    model = randomize(Net())
    axes = {"encode.weight": ["h", None], "encode.bias": ["h"], "convs.*": ["h", "h"]}
    spec = declared(model, {**axes, "decode.weight": [None, "h"]})
    assert_merged(model, spec, SIX, graph, {}, widen)


def with_heads(spec):
    """Attention vectors of shape (1, heads, channels) have one axis for both."""
    atts = {n: (a[0], plain_axis("h", 2 * H)) for n, a in spec.axes.items() if "first.att" in n}
    return PermutationSpec({**spec.axes, **atts}, groups=(HeadGroup(2, ("h",)),))


@pytest.mark.parametrize("kind", [pyg.GATConv, pyg.GATv2Conv])
@pytest.mark.parametrize("edge_dim", [None, 2])
def test_channels_of_heads_are_merged_within_heads(kind, edge_dim, graph, widen):
    """Copies are of different channels in the two heads."""
    model = Two(kind(3, H, heads=2, edge_dim=edge_dim), kind(2 * H, 2, edge_dim=edge_dim))
    model = randomize(model)
    more = {} if edge_dim is None else {"edge_attr": torch.randn(graph[1].size(1), edge_dim)}
    axes = {"first.lin*.weight": ["h", None], "first.bias": ["h"], "first.lin*.bias": ["h"]}
    axes |= {"second.lin.weight": [None, "h"], "second.lin_[lr].weight": [None, "h"]}
    spec = declared(model, axes)
    spec = with_heads(spec)
    sources = {"h": [0, 1, 2, 3, 1, 1, 4, 5, 6, 7, 7, 4]}
    result = assert_merged(model, spec, sources, graph, more, widen)
    assert result.groups["h"][1] == [1, 4, 5] and result.groups["h"][4] == [6, 11]


def test_heads_keep_equal_widths(graph, widen):
    model = randomize(Two(pyg.GATConv(3, H, heads=2), pyg.GATConv(2 * H, 2)))
    spec = declared(
        model,
        {"first.lin.weight": ["h", None], "first.bias": ["h"]} | {"second.lin.weight": [None, "h"]},
    )
    spec = with_heads(spec)
    for beta in (0.2, 0.4, 0.6, 1.0):
        result = merge_features(model, spec, beta)
        heads = [[units for units in result.groups["h"] if units[0] // H == k] for k in (0, 1)]
        assert len(heads[0]) == len(heads[1]) == result.model.first.out_channels
        assert all(i // H == units[0] // H for units in result.groups["h"] for i in units)
        assert result.model(*graph).shape == (NODES, 2)
    assert result.widths["h"] < 2 * H


def test_classes_of_whole_heads_stay(graph):
    model = randomize(Two(pyg.GATConv(3, H, heads=2, concat=False), pyg.GCNConv(H, 2)))
    axes = {
        "first.lin.weight": ["heads*h", None],
        "first.att*": [None, "heads", "h"],
        "first.bias": ["h"],
        "second.lin.weight": [None, "h"],
    }
    result = merge_features(model, declared(model, axes), 1.0)
    assert result.widths["heads"] == 2 and result.widths["h"] < H
    assert result.model.first.heads == 2 and result.model(*graph).shape == (NODES, 2)


def test_what_cannot_be_exact_is_refused():
    cases = [
        (pyg.SAGEConv(3, H, normalize=True), "lin_l", "lengths of the outputs"),
        (pyg.TransformerConv(3, H), "lin_key", "products of vectors"),
    ]
    for conv, lin, reason in cases:
        model = Two(conv, pyg.GCNConv(H, 2))
        spec = declared(
            model, {f"first.{lin}.weight": ["h", None], "second.lin.weight": [None, "h"]}
        )
        found = unmergeable(model, spec)["h"]
        assert found.startswith(f"tensor 'first.{lin}.weight': ") and reason in found
    model = Two(pyg.GCNConv(3, H), pyg.GCNConv(H, 2), pyg.LayerNorm(H))
    spec = declared(model, {**plain("lin"), "between.*": ["h"]})
    assert "'between.weight': its statistics" in unmergeable(model, spec)["h"]
