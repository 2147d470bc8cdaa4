"""PyG's own calls of GIN, from its `test/nn/models/test_basic_gnn.py`, with SPEN in GIN's place.

What SPEN cannot do raises an error:

* ``num_sampled_nodes_per_hop``, ``num_sampled_edges_per_hop``: all layers work on the same
  ego-networks, so that nodes cannot be dropped from layer to layer.
* ``inference(loader)``: between layers there are features of pairs, not of nodes.
* sizes of -1, and pairs of sizes: parameters are stacked by size at construction, and ego-networks
  have one kind of nodes.
"""

from functools import partial
from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch_geometric import EdgeIndex
from torch_geometric.nn import GIN, BatchNorm, GraphNorm, LayerNorm
from torch_geometric.utils import to_torch_csr_tensor

from pyg_symm import nn

SPEN = partial(nn.SPEN, task="node")
EDGES = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])

out_dims = [None, 8]
dropouts = [0.0, 0.5]
acts = [None, "leaky_relu", torch.relu_, F.elu, torch.nn.ReLU()]
norms = [None, BatchNorm(16), LayerNorm(16)]
jks = [None, "last", "cat", "max", "lstm"]


@pytest.mark.parametrize(
    "out_dim, dropout, act, norm, jk",
    list(product(out_dims, dropouts, acts, norms, jks)),
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_gin(out_dim, dropout, act, norm, jk):
    torch.manual_seed(0)
    x = torch.randn(3, 8)
    out_channels = 16 if out_dim is None else out_dim
    args = {"out_channels": out_dim, "dropout": dropout, "act": act, "norm": norm, "jk": jk}
    model = SPEN(8, 16, num_layers=3, **args)
    assert model.out_channels == GIN(8, 16, num_layers=3, **args).out_channels == out_channels
    out = model(x, EDGES)
    assert out.size() == (3, out_channels) and bool(out.isfinite().all())
    out.square().sum().backward()
    assert bool(model.convs[0].lin.weight_sets.grad.isfinite().all())


@pytest.mark.parametrize("out_dim, jk", list(product(out_dims, jks)))
def test_one_layer_gnn(out_dim, jk):
    model = SPEN(8, 16, num_layers=1, out_channels=out_dim, jk=jk)
    assert model(torch.randn(3, 8), EDGES).size() == (3, out_dim or 16)


@pytest.mark.parametrize("num_layers", [1, 2, 4])
def test_positional_arguments_are_those_of_gin(num_layers):
    args = (8, 16, num_layers, 4, 0.0, "elu", True, {"alpha": 0.5}, "batch", {"eps": 1e-3}, "cat")
    ours, theirs = SPEN(*args), GIN(*args)
    for name in ("in_channels", "hidden_channels", "num_layers", "out_channels", "act_first"):
        mine = ours.convs[0].act_first if name == "act_first" else getattr(ours, name)
        assert mine == getattr(theirs, name), name
    assert ours.jk_mode == theirs.jk_mode == "cat"
    assert str(ours.act) == str(theirs.act) == "ELU(alpha=0.5)"
    assert ours.convs[0].norms["1"].module.eps == theirs.norms[0].module.eps == 1e-3
    assert ours(torch.randn(3, 8), EDGES).shape == theirs(torch.randn(3, 8), EDGES).shape


@pytest.mark.parametrize("norm", [None, "batch", "layer", "graph", "instance", GraphNorm(16)])
@pytest.mark.parametrize("act_first", [True, False])
def test_norm_of_a_batch(norm, act_first):
    torch.manual_seed(0)
    model = SPEN(8, 16, 2, norm=norm, act_first=act_first).eval()
    x, batch = torch.randn(6, 8), torch.tensor([0, 0, 0, 1, 1, 1])
    edges = torch.cat([EDGES, EDGES + 3], dim=1)
    out = model(x, edges, None, None, batch, 2)
    for i in (0, 1):
        alone = model(x[3 * i : 3 * i + 3], EDGES, batch=torch.zeros(3, dtype=torch.long))
        torch.testing.assert_close(out[3 * i : 3 * i + 3], alone, atol=1e-5, rtol=1e-5)


def test_act_first_is_the_order_of_the_two():
    torch.manual_seed(0)
    first = SPEN(8, 16, 1, act="relu", act_first=True, norm="layer")
    last = SPEN(8, 16, 1, act="relu", norm="layer")
    last.load_state_dict(first.state_dict())
    x = torch.randn(3, 8)
    assert not torch.allclose(first(x, EDGES), last(x, EDGES))


def test_edge_weight_and_edge_attr():
    torch.manual_seed(0)
    x, weight, attr = torch.randn(3, 8), torch.rand(4), torch.randn(4, 5)
    model = SPEN(8, 16, num_layers=2, out_channels=7)
    assert model.supports_edge_weight and not model.supports_edge_attr
    torch.testing.assert_close(model(x, EDGES, torch.ones(4)), model(x, EDGES))
    assert not torch.allclose(model(x, EDGES, weight), model(x, EDGES))
    # A weight is an edge feature of size one, and multiplies others.
    featured = SPEN(8, 16, num_layers=2, out_channels=7, edge_dim=1)
    featured.load_state_dict(model.state_dict())
    torch.testing.assert_close(
        featured(x, EDGES, edge_attr=weight.view(-1, 1)), model(x, EDGES, weight)
    )
    model = SPEN(8, 16, num_layers=2, out_channels=7, edge_dim=5)
    assert model.supports_edge_weight and model.supports_edge_attr
    torch.testing.assert_close(
        model(x, EDGES, weight, attr), model(x, EDGES, edge_attr=attr * weight.view(-1, 1))
    )


@pytest.mark.filterwarnings("ignore:Sparse:UserWarning")
def test_forms_of_edges():
    torch.manual_seed(0)
    model, x = SPEN(8, 16, num_layers=2), torch.randn(3, 8)
    edges = torch.tensor([[0, 1, 2, 2], [1, 2, 0, 1]])
    expected = model(x, edges)
    torch.testing.assert_close(model(x, EdgeIndex(edges, sparse_size=(3, 3))), expected)
    torch.testing.assert_close(model(x, to_torch_csr_tensor(edges.flip(0), size=(3, 3))), expected)


def test_saved_and_copied_whole(tmp_path):
    model, x = SPEN(8, 16, num_layers=2, jk="lstm").eval(), torch.randn(3, 8)
    torch.save(model, tmp_path / "model.pt")
    again = torch.load(tmp_path / "model.pt", weights_only=False)
    assert torch.equal(again(x, EDGES), model(x, EDGES))


@pytest.mark.parametrize("name", ["num_sampled_nodes_per_hop", "num_sampled_edges_per_hop"])
def test_trimming_is_refused(name):
    with pytest.raises(NotImplementedError, match=f"'{name}'.* not supported"):
        SPEN(8, 16, num_layers=2)(torch.randn(3, 8), EDGES, **{name: [1, 1, 1]})


def test_inference_is_refused():
    with pytest.raises(NotImplementedError, match="'inference' is not supported"):
        SPEN(8, 16, num_layers=2).inference(None)


@pytest.mark.parametrize(
    "args, message",
    [
        ({"in_channels": -1}, r"'in_channels' must be an integer of 1 or more \(got -1\)"),
        ({"in_channels": (8, 8)}, r"'in_channels' must be an integer of 1 .* \(got \(8, 8\)\)"),
        ({"out_channels": 0}, r"'out_channels' must be an integer of 1 or more \(got 0\)"),
        ({"jk": "sum"}, r"'jk' must be one of .*'lstm'.* \(got 'sum'\)"),
    ],
)
def test_sizes_are_checked(args, message):
    with pytest.raises(ValueError, match=message):
        SPEN(**{"in_channels": 8, "hidden_channels": 16, "num_layers": 2, **args})


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"edge_weight": torch.rand(3)}, r"must hold 4 floating-point .* \(got shape \[3\]"),
        ({"edge_weight": torch.tensor([0, 0, 1, 1])}, "the graph of each node is 'batch'"),
        ({"edge_attr": torch.rand(4, 2)}, r"'edge_dim' is None \(got shape \[4, 2\]\)"),
        ({"batch": torch.zeros(4, dtype=torch.long)}, r"'batch' must have shape \[3\] \(got \[4\]"),
    ],
)
def test_what_does_not_fit_is_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        SPEN(8, 16, num_layers=2)(torch.randn(3, 8), EDGES, **kwargs)
