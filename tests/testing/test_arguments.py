"""Keyword arguments move along with nodes, edges and graphs, or are refused."""

import pytest
import torch
import torch_geometric.nn as pyg
from torch import nn
from torch_geometric import EdgeIndex

from pyg_symm.testing import assert_batch_independent, assert_equivariant, assert_invariant
from pyg_symm.testing.arguments import Sizes, count_graphs, move, on_graph, takes, takes_third

pytestmark = pytest.mark.usefixtures("float64")

BATCH = torch.tensor([0, 0, 0, 1, 1, 2])
EDGES = torch.tensor([[0, 1, 1, 2, 3, 4, 4, 0], [1, 0, 2, 1, 4, 3, 4, 2]])
SIZES = Sizes(6, 8, 3)


def features():
    return torch.randn(6, 4), torch.rand(8), torch.randn(8, 3)


def moved(**kwargs):
    back = {level: (lambda a: a.flip(0)) for level in ("node", "edge")}
    return move(kwargs, SIZES, **back, graph=lambda a: a[:1])


def test_levels_by_name_and_by_size():
    nodes, edges, graphs = torch.randn(6, 2), torch.randn(8), torch.arange(3)
    out = moved(edge_attr=edges, weight=edges, pos=nodes, node_type=nodes, mask=nodes, time=graphs)
    for name in ("edge_attr", "weight"):
        assert torch.equal(out[name], edges.flip(0))
    for name in ("pos", "node_type", "mask"):
        assert torch.equal(out[name], nodes.flip(0))
    assert torch.equal(out["time"], graphs[:1])


def test_nested_tensors_move_and_all_else_stays():
    nodes = torch.randn(6)
    act, scale = torch.relu, torch.tensor(2.0)
    out = moved(pair=(nodes, None), parts={"a": [nodes]}, size=(6, 6), act=act, scale=scale, p=0.5)
    assert torch.equal(out["pair"][0], nodes.flip(0)) and out["pair"][1] is None
    assert torch.equal(out["parts"]["a"][0], nodes.flip(0))
    assert out["size"] == (6, 6) and out["act"] is act and out["scale"] is scale and out["p"] == 0.5


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("edge_attr", torch.zeros(6), r"'edge_attr' must have one row for each edge"),
        ("batch", torch.zeros(8), r"'batch' must have one row for each node"),
        ("other", torch.zeros(5, 2), r"'other' must have one row for each node, edge or graph"),
        ("ptr", torch.tensor([0, 3, 5, 6]), "'ptr' holds positions"),
        ("edge_label_index", EDGES, "'edge_label_index' holds positions"),
        ("adj_t", torch.eye(6).to_sparse(), "'adj_t' holds positions"),
        ("plan", object(), r"'plan' must hold tensors, numbers or names.*\(got object\)"),
        ("plans", [object()], r"'plans' must hold tensors"),
    ],
)
def test_what_cannot_move_is_refused(name, value, message):
    with pytest.raises(ValueError, match=message):
        moved(**{name: value})


def test_what_could_move_in_two_ways_is_refused():
    with pytest.raises(ValueError, match="as many rows as there are nodes and edges"):
        move({"weight": torch.zeros(6)}, Sizes(6, 6, 1))
    move({"edge_weight": torch.zeros(6), "node_weight": torch.zeros(6)}, Sizes(6, 6, 1))


def test_graphs_are_counted():
    assert count_graphs(None, {}) == 1
    assert count_graphs(BATCH, {}) == 3
    assert count_graphs(BATCH[:0], {}) == 0
    assert count_graphs(BATCH, {"batch_size": 5}) == 5


def test_names_of_arguments():
    assert takes(pyg.GINEConv(nn.Linear(1, 1)), "edge_attr")
    assert not takes(pyg.GCNConv(1, 1), "edge_attr")
    assert takes(lambda x, batch: x, "batch") and not takes(max, "batch")
    assert takes(lambda x, e, **kwargs: x, "batch")
    assert not takes(lambda x, e, graph, **kwargs: x, "batch")


def test_edges_go_where_the_layer_has_them():
    x, edge_index = torch.ones(2, 1), torch.ones(2, 3).long()
    assert on_graph(lambda x, edge_index: edge_index, x, edge_index) is edge_index
    assert on_graph(lambda x, edges, attr: (edges, attr), x, edge_index, 1) == (edge_index, 1)

    def points(x, pos, edge_index=None):
        return pos, edge_index

    assert on_graph(points, x, edge_index, pos=1) == (1, edge_index)


def test_third_argument():
    for conv in (pyg.SAGEConv(1, 1), pyg.GCNConv(1, 1), pyg.GATConv(1, 1), pyg.RGCNConv(1, 1, 2)):
        assert not takes_third(conv)
    assert not takes_third(lambda x, e: x) and not takes_third(lambda x, e, **kwargs: x)
    assert not takes_third(lambda x, e, *, graph=None: x)
    assert takes_third(lambda x, e, graph: x) and takes_third(lambda x, e, graph=None: x)
    assert takes_third(lambda *args: args) and takes_third(max)


# Assertions of right layers ---------------------------------------------------


def test_edge_weights_move():
    x, weight, attr = features()
    assert_equivariant(pyg.GCNConv(4, 3), x, EDGES, edge_weight=weight)
    assert_equivariant(pyg.GINEConv(nn.Linear(4, 3), edge_dim=3), x, EDGES, edge_attr=attr)
    gat = pyg.GATConv(4, 3, edge_dim=3)
    assert_equivariant(lambda x, edges, a: gat(x, edges, a), x, EDGES, attr)
    assert_equivariant(gat, x, EDGES[:, :0], attr[:0])


def test_edge_features_reach_the_argument_of_their_name():
    x, _, attr = features()

    class Net(nn.Module):
        def forward(self, x, edge_index, edge_weight=None, edge_attr=None, batch=None):
            assert edge_weight is None and edge_attr is not None
            out = torch.zeros(x.size(0), 3, dtype=x.dtype)
            return out.index_add(0, edge_index[1], edge_attr)

    assert_equivariant(Net(), x, EDGES, attr)
    assert_batch_independent(Net(), x, BATCH, EDGES, edge_attr=attr)


def test_batches_move_and_stay_sorted():
    x, weight, _ = features()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = pyg.GCNConv(4, 3), pyg.GraphNorm(3)

        def forward(self, x, edge_index, edge_weight=None, batch=None):
            assert batch is None or bool((batch.diff() >= 0).all())
            return self.norm(self.conv(x, edge_index, edge_weight), batch)

    assert_equivariant(Net(), x, EDGES, edge_weight=weight, batch=BATCH)
    assert_batch_independent(Net(), x, BATCH, EDGES, edge_weight=weight)


def test_sets_weigh_their_elements():
    x = torch.randn(6, 4)

    def weighted(x, index, weight, scale, dim_size=None):
        sums = pyg.SumAggregation()(x * weight.view(-1, 1), index, dim_size=dim_size)
        return sums * scale[: sums.size(0)].view(-1, 1)

    scale = torch.rand(3)
    kwargs = {"weight": torch.rand(6), "scale": scale}
    assert_invariant(weighted, x, BATCH, **kwargs)
    assert_batch_independent(weighted, x, BATCH, **kwargs)
    kwargs["scale"] = torch.rand(5)
    assert_batch_independent(weighted, x, BATCH, dim_size=5, **kwargs)


def test_numbers_of_nodes_and_graphs_follow():
    def net(x, edge_index, batch, batch_size, num_nodes):
        assert num_nodes == x.size(0)
        return pyg.global_add_pool(x, batch, size=batch_size)

    x = torch.randn(6, 4)
    assert_batch_independent(net, x, BATCH, EDGES, batch_size=4, num_nodes=6)
    with pytest.raises(ValueError, match="'size' cannot be told for a single graph"):
        assert_batch_independent(net, x, BATCH, EDGES, size=(6, 6))


def test_edge_index_objects_are_tensors():
    x, weight, _ = features()
    edges = EdgeIndex(EDGES, sparse_size=(6, 6))
    assert_equivariant(pyg.GCNConv(4, 3), x, edges, edge_weight=weight)
    assert_batch_independent(lambda x, e, b: pyg.SimpleConv()(x, e), x, BATCH, edges)


# Assertions of wrong layers ---------------------------------------------------


def by_position(x, edge_index, edge_weight):
    weight = edge_weight * torch.arange(1, 9)
    return torch.zeros_like(x).index_add(0, edge_index[1], weight.view(-1, 1) * x[edge_index[0]])


def in_another_order(x, edge_index, edge_weight):
    weight = edge_weight.sort().values
    return torch.zeros_like(x).index_add(0, edge_index[1], weight.view(-1, 1) * x[edge_index[0]])


@pytest.mark.parametrize("wrong", [by_position, in_another_order])
def test_weights_that_do_not_belong_are_caught(wrong):
    x, weight, _ = features()
    with pytest.raises(AssertionError, match="not followed"):
        assert_equivariant(wrong, x, EDGES, edge_weight=weight)


def test_weights_of_other_graphs_are_caught():
    x, weight, _ = features()

    def wrong(x, edge_index, batch, edge_weight):
        return pyg.GCNConv.forward(conv, x, edge_index, edge_weight / edge_weight.sum())

    conv = pyg.GCNConv(4, 3, add_self_loops=False, normalize=False)
    with pytest.raises(AssertionError, match="alone than in the batch"):
        assert_batch_independent(wrong, x, BATCH, EDGES, edge_weight=weight)


def test_norms_over_all_graphs_are_caught():
    x, _, _ = features()

    def wrong(x, edge_index, batch):
        return pyg.GraphNorm(4)(x)

    assert_equivariant(wrong, x, EDGES, batch=BATCH)
    with pytest.raises(AssertionError, match="alone than in the batch"):
        assert_batch_independent(wrong, x, BATCH, EDGES)


@pytest.mark.parametrize(
    "x, edge_index, message",
    [
        ((torch.zeros(6, 1), None), EDGES, r"'x' must be a tensor .*\(got tuple\)"),
        (torch.zeros(6, 1), torch.eye(6), r"'edge_index' must be integers of shape \[2, E\]"),
        (torch.zeros(6, 1), EDGES.double(), r"got torch.float64 of shape \[2, 8\]"),
    ],
)
def test_inputs_are_checked(x, edge_index, message):
    with pytest.raises(ValueError, match=message):
        assert_equivariant(pyg.SimpleConv(), x, edge_index)


def test_index_is_checked():
    with pytest.raises(ValueError, match=r"'index' must have shape \[6\]"):
        assert_invariant(pyg.SumAggregation(), torch.zeros(6, 1), BATCH[:4])
    with pytest.raises(ValueError, match="must not join two graphs"):
        wrong = torch.tensor([[0], [5]])
        assert_batch_independent(lambda x, e, b: x, torch.zeros(6, 1), BATCH, wrong)
