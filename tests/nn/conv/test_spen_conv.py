import numpy as np
import pytest
import torch
from torch.func import functional_call
from torch_geometric import EdgeIndex
from torch_geometric.data import Data

from pyg_symm.nn import EgoPlan, SPENConv
from pyg_symm.transforms import EgoNets

BATCH = torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 2])
NONE = torch.empty(2, 0, dtype=torch.long)


def test_parallel_edges_add_up(filled, graph, features):
    plain, featured = (filled(SPENConv(3, 4, edge_dim=dim)) for dim in (None, 1))
    featured.load_state_dict(plain.state_dict())
    edges = graph.unique(dim=1)
    x, attr = features(), torch.ones(edges.size(1), 1)
    attr[2] = 2
    twice = torch.cat([edges, edges[:, 2:3]], dim=1)
    torch.testing.assert_close(plain(x, twice), featured(x, edges, attr))
    assert not torch.allclose(plain(x, twice), plain(x, edges))


def test_plan_is_found_if_not_given(graph, filled, features):
    conv, x = filled(SPENConv(3, 4, num_hops=2)), features()
    ego = EgoPlan.from_edges(graph, 9, num_hops=2)
    assert torch.equal(conv(x, graph), conv(x, ego=ego))


@pytest.mark.parametrize("matmul", [True, False])
@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_gradient(matmul, filled, features):
    conv = filled(SPENConv(1, (1, 1, 1), edge_dim=1, matmul=matmul, act="tanh"))
    ego = EgoPlan.from_edges(torch.tensor([[1, 2, 2], [0, 0, 0]]), 3, num_hops=1)
    assert ego.tuples.sizes.tolist() == [3, 1, 1]
    names, weights = zip(*conv.named_parameters(), strict=True)

    def call(x, attr, *weights):
        weights = dict(zip(names, weights, strict=True))
        return functional_call(conv, weights, (x, None, attr), {"ego": ego})

    x, attr = features(3, 1).requires_grad_(), torch.randn(3, 1, requires_grad=True)
    weights = [w.detach().requires_grad_() for w in weights]
    assert torch.autograd.gradcheck(call, (x, attr, *weights))


def test_repr():
    assert str(SPENConv(8, 16, num_hops=2)) == "SPENConv(8, 16, num_hops=2)"
    assert str(SPENConv(8, (0, 4, 4))) == "SPENConv(8, (0, 4, 4), num_hops=1)"


# Only their shapes matter below.
X, ATTR, LOOPS = torch.ones(9, 3), torch.ones(15, 2), torch.zeros(2, 15, dtype=torch.long)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: SPENConv(3, 4, num_hops=-1), r"'num_hops' must be an integer of 0 .*\(got -1\)"),
        (lambda: SPENConv(3, 4, num_hops="2"), r"'num_hops' must be an integer of 0 .*\(got '2'\)"),
        (lambda: SPENConv(3, 4, dropout=1.5), r"'dropout' must be in 0..1 \(got 1.5\)"),
        (lambda: SPENConv(3.0, 4), r"'in_channels' must give sizes .* \(got 3.0\)"),
        (lambda: SPENConv((1, 2, 0.5), 4), r"'in_channels' must be an integer .*\(got 0.5\)"),
        (lambda: SPENConv(3, 4, max_nodes=0), r"'max_nodes' must be an integer .*\(got 0\)"),
        (lambda: SPENConv(3, 4, merge="max"), r"'merge' must be one of .*'none'.* \(got 'max'\)"),
        (lambda: SPENConv(3, 4, aggr="max"), r"'aggr' must be one of .* \(got 'max'\)"),
        (lambda: SPENConv(3, 4, edge_dim=0), r"'edge_dim' must be an integer of 1 .*\(got 0\)"),
        (lambda: SPENConv((1, 2), 4), r"'in_channels' must give sizes .* \(got \(1, 2\)\)"),
        (
            lambda: SPENConv(3, 4)(X[:, :2], LOOPS),
            r"'x' must have shape \[9, 3\] \(got \[9, 2\]\)",
        ),
        (
            lambda: SPENConv(3, 4)(X.long(), LOOPS),
            r"'x' must hold floating-point numbers \(got torch.int64\)",
        ),
        (
            lambda: SPENConv(3, 4, edge_dim=2)(X, LOOPS),
            r"'edge_attr' must have shape \[E, 2\] \(got None\)",
        ),
        (
            lambda: SPENConv(3, 4, edge_dim=2)(X, LOOPS, torch.ones(15)),
            r"'edge_attr' must have shape \[E, 2\] \(got \[15\]\)",
        ),
        (
            lambda: SPENConv((0, 3, 0), 4)(X, LOOPS),
            r"'x' must be features of order 0, 1 and 2 \(got \[9, 3\]\)",
        ),
        (lambda: SPENConv(3, 4)(X), "one of 'edge_index' and 'ego' must be given"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "options, kwargs, message",
    [
        ({"edge_dim": 2}, {"edge_attr": torch.cat([ATTR, ATTR])}, r"\[30, 2\].*E = 15"),
        ({"edge_dim": 2}, {"edge_attr": ATTR[:14]}, r"\[14, 2\].*E = 15"),
        ({}, {"edge_attr": ATTR}, r"'edge_dim' is None \(got shape \[15, 2\]\)"),
        ({}, {"batch": BATCH[:5]}, r"'batch' must have shape \[9\] \(got \[5\]\)"),
        ({}, {"batch": BATCH.float()}, r"'batch' must hold integers \(got torch.float32\)"),
        ({}, {"edge_weight": torch.ones(9)}, r"must hold 15 .* \(got shape \[9\]"),
        ({}, {"ego": EgoPlan.from_edges(LOOPS, 9, 3)}, "of 3 hops, but 'num_hops' is 1"),
        ({}, {"ego": EgoPlan.from_edges(LOOPS[:, 1:], 9, 1)}, "has 15 edges, .* made of 14"),
    ],
)
def test_what_does_not_fit_is_refused(options, kwargs, message, graph, features):
    with pytest.raises(ValueError, match=message):
        SPENConv(3, 4, **options)(features(), graph, **kwargs)


@pytest.mark.parametrize(
    "x, message",
    [
        ((torch.ones(9, 3), torch.ones(9, 3)), r"does not support bipartite graphs"),
        ((torch.ones(9, 3), None), r"bipartite graphs \(got a tuple of 2\)"),
        (None, r"'x' must be one tensor of node features.*\(got NoneType\)"),
        (torch.ones(4, 3), r"must be at least 8 to hold 'edge_index' \(got 4\)"),
    ],
)
def test_other_nodes_are_refused(x, message, graph):
    with pytest.raises(ValueError, match=message):
        SPENConv(3, 4)(x, graph)


def test_float_edges_are_refused(features, graph):
    with pytest.raises(ValueError, match="'edge_index' must hold integers"):
        SPENConv(3, 4)(features(), graph.double())


def test_forms_of_the_same_edges_agree(graph, filled, features):
    conv, x = filled(SPENConv(3, 4, edge_dim=2)), features()
    data = Data(x=x, edge_index=graph, edge_attr=torch.randn(15, 2))
    expected = conv(x, graph, data.edge_attr)
    edges = EdgeIndex(graph, sparse_size=(9, 9))
    assert torch.equal(conv(x, edges, data.edge_attr), expected)
    egos = EgoNets(1)(data)
    assert torch.equal(conv(x, graph, data.edge_attr, ego=egos), expected)
    data.edge_index = edges
    assert torch.equal(conv(x, edge_attr=data.edge_attr, ego=EgoNets(1)(data)), expected)


def test_a_cap_on_members(graph, filled, features):
    conv, x = filled(SPENConv(3, 4, max_nodes=2)), features()
    ego = EgoPlan.from_edges(graph, 9, 1, max_nodes=2)
    assert torch.equal(conv(x, graph), conv(x, ego=ego))
    assert not torch.allclose(conv(x, graph), conv(x, ego=EgoPlan.from_edges(graph, 9, 1)))


def test_changed_edges_are_noticed(graph, features):
    data = EgoNets(1)(Data(x=features(), edge_index=graph))
    conv = SPENConv(3, 4)
    with pytest.raises(ValueError, match=r"'edge_index' of shape \[2, 15\] differs"):
        conv(data.x, graph.flip(1), ego=data)
    data.edge_index = graph.flip(1)
    with pytest.raises(ValueError, match="'edge_index' of 'data' was changed after 'EgoNets'"):
        conv(data.x, ego=data)
    data.edge_index = graph[:, :3]
    with pytest.raises(ValueError, match="'edge_index' of 'data' was changed after 'EgoNets'"):
        conv(data.x, ego=data)


@pytest.mark.parametrize("norm", ["batch", "graph", "layer", None])
def test_a_batch_of_one_node_trains(norm, features):
    conv = SPENConv(3, 4, norm=norm)
    x = features(1).requires_grad_()
    out = conv(x, NONE)
    out.sum().backward()
    assert out.shape == (1, 4) and bool(out.isfinite().all()) and bool(x.grad.isfinite().all())


def test_sizes_of_numpy(graph, features):
    three = np.int64(3)
    conv = SPENConv(three, three, np.int64(1), edge_dim=three)
    assert conv(features(), graph, torch.ones(graph.size(1), 3)).shape == (9, 3)
