import pytest
import torch
from torch import nn
from torch_geometric.nn import SAGEConv

from pyg_symm.weights import Atom, declare_spec
from pyg_symm.weights.matching.sites import Site, find_sites

IMAGE = {
    "conv.weight": ["c", None, None, None],
    "conv.bias": ["c"],
    "lin.weight": ["h", "c*4"],
    "lin.bias": ["h"],
}


def image():
    model = nn.ModuleDict({"conv": nn.Conv2d(1, 3, 2), "lin": nn.Linear(12, 5)})
    return model, declare_spec(model.state_dict(), IMAGE)


def where(sites):
    return [(site.module, site.enters) for site in sites]


def test_inputs_come_before_outputs():
    model, spec = image()
    assert where(find_sites(spec, model)) == [("lin", True), ("lin", False)]  # "c", and then "h".


@pytest.mark.parametrize(
    "layer, axes, enters",
    [
        (
            nn.GRUCell(3, 4),
            {"weight_ih": ["g | g | g", "x"], "weight_hh": ["g | g | g", "g"]},
            True,
        ),
        (
            nn.LSTM(3, 4),
            {"weight_ih*": ["g | g | g | g", "x"], "weight_hh*": ["g | g | g | g", "g"]},
            True,
        ),
        (
            nn.MultiheadAttention(4, 2),
            {
                "in_proj_weight": ["q | q | v", "x"],
                "out*weight": ["x", "v"],
                "in_proj_bias": ["q | q | v"],
                "out*bias": ["x"],
            },
            True,
        ),
        (nn.Conv1d(3, 4, 2), {"weight": ["y", "x", None]}, True),
        (nn.Embedding(7, 4), {"weight": [None, "x"]}, False),
    ],
)
def test_layers(layer, axes, enters):
    sizes = {"q": 4} if "in_proj_weight" in axes else {}
    gates = (
        {"bias*": ["g | g | g | g" if isinstance(layer, nn.LSTM) else "g | g | g"]}
        if "weight_ih" in str(axes)
        else {"bias": ["y"]}
        if "weight" in axes and enters
        else {}
    )
    spec = declare_spec(layer.state_dict(), {**axes, **gates}, sizes=sizes)
    sites = [site for site in find_sites(spec, layer) if site.axis[0][0].name == "x"]
    assert where(sites) == [("", enters)]


def test_layers_inside_of_graph_convolutions():
    model = nn.ModuleList([SAGEConv(4, 6), SAGEConv(6, 2)])
    axes = {
        "0.lin_*.weight": ["h", None],
        "0.*": ["h"],
        "1.lin_*.weight": [None, "h"],
        "1.*": [None],
    }
    spec = declare_spec(model.state_dict(), axes)
    assert where(find_sites(spec, model)) == [("1.lin_l", True), ("1.lin_r", True)]


def test_samples_of_products_and_concatenations():
    axis = ((Atom("c", 2), Atom(None, 3)), (Atom("h", 4),), (Atom("c", 2), Atom("k", 2)))
    x = torch.randn(5, 14)
    found = list(Site("", True, axis, -1).samples(x))
    assert [name for name, _ in found] == ["c", "h", "c", "k"]
    torch.testing.assert_close(
        found[0][1], x[:, :6].view(5, 2, 3).transpose(1, 2).reshape(15, 2).double()
    )
    torch.testing.assert_close(found[1][1], x[:, 6:10].double())
    last = x[:, 10:].view(5, 2, 2).double()
    torch.testing.assert_close(found[2][1], last.mean(2))
    torch.testing.assert_close(found[3][1], last.mean(1))


def test_watching_inputs_and_outputs():
    layer, x = nn.Linear(3, 2), torch.randn(4, 3)
    enters, leaves = (
        Site("", enters, ((Atom("h", n),),), -1) for enters, n in ((True, 3), (False, 2))
    )
    enters.watch(layer)
    leaves.watch(layer)
    y = layer(input=x)
    assert torch.equal(enters.seen[0], x) and torch.equal(leaves.seen[0], y)
    assert not leaves.seen[0].requires_grad
