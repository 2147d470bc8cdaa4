from itertools import product

import networkx as nx
import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from pyg_symm.nn import EgoPlan, MixedOrderLinear, SPENConv, SPENTupleConv
from pyg_symm.utils import TuplePlan

PAPER = {"keep_local": False, "count": False, "sizes": False, "marks": False}


def distances(edges, num_nodes):
    """In how many steps each node reaches each other, infinity for never."""
    hop = torch.full((num_nodes, num_nodes), torch.inf).fill_diagonal_(0)
    for _ in range(num_nodes):
        for u, v in edges.t().tolist():
            hop[u] = torch.minimum(hop[u], hop[v] + 1)
    return hop


def on_one_ego(conv, x, adjacency, hop):
    """The layer before the exchange."""
    m = x.size(0)
    sizes = torch.tensor([[m, 1 / m]])
    sizes[0, 0].log_()
    if conv.factors is not None:
        factors = conv.factors(adjacency).chunk(2, dim=-1)
        products = torch.einsum("ilf,ljf->ijf", *factors) / m
        adjacency = torch.cat([adjacency, products], dim=-1)
    if conv.marks:
        x = torch.cat([x, F.one_hot(hop.long(), conv.num_hops + 1)], dim=-1)
    plan = TuplePlan.from_ptr(torch.tensor([0, m]))
    ys = conv.lin((sizes if conv.sizes else None, x, adjacency.flatten(0, 1)), plan)
    return [y if y is None or conv.act is None else conv.act(y) for y in ys]


def exchanged(merge, y, said):
    out = sum(said) / len(said) if merge.mean else sum(said)
    if merge.count:
        out = torch.cat([out, torch.tensor([1.0 + len(said)]).log()])
    if merge.lin is not None:
        out = merge.lin(out)
    return y + out if merge.keep_local else out


def literally(conv, x, edges, edge_attr=None):
    """Ego-network by ego-network; the exchange node by node and pair by pair."""
    num_nodes = x.size(0)
    attr = torch.ones(edges.size(1), 1) if edge_attr is None else edge_attr
    adjacency = torch.zeros(num_nodes, num_nodes, attr.size(1))
    for (u, v), value in zip(edges.t().tolist(), attr, strict=True):
        adjacency[u, v] += value
    hop = distances(edges, num_nodes)
    rows = ([], [], [])  # Of each order: what it stands for, and its features.
    for root in range(num_nodes):
        ego = (hop[:, root] <= conv.num_hops).nonzero().view(-1)
        ys = on_one_ego(conv, x[ego], adjacency[ego][:, ego], hop[ego, root])
        names = ([root], ego.tolist(), list(product(ego.tolist(), repeat=2)))
        for order, y in enumerate(ys):
            if y is not None:
                rows[order].extend(zip(names[order], y, strict=True))

    def said(order, name):
        return [y for other, y in rows[order] if other == name]

    out = [[y for _, y in of_order] for of_order in rows]
    for order, merge in conv.merges.items():
        order = int(order)
        out[order] = [exchanged(merge, y, said(order, name)) for name, y in rows[order]]
    if not isinstance(conv.out_channels, int):
        return tuple(torch.stack(ys) if ys else None for ys in out)
    rows[1][:] = zip([name for name, _ in rows[1]], out[1], strict=True)
    return torch.stack([out[0][v] + sum(said(1, v)) / len(said(1, v)) for v in range(num_nodes)])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"act": "elu"},
        {"act": "elu", **PAPER},
        {"merge": "sum"},
        {"merge": "none"},
        {"matmul": True},
        {"keep_local": False},
        {"count": False},
        {"aggr": "sum", "bias": False},
        {"num_hops": 2, "matmul": True, "act": "tanh"},
        {"num_hops": 0},
        {"edge_dim": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("out_channels", [(2, 4, 3), (0, 0, 4), 5], ids=str)
def test_equals_the_formula(options, out_channels, filled, features, graph):
    conv = filled(SPENConv(3, out_channels, **options))
    x = features()
    attr = torch.randn(graph.size(1), 2) if "edge_dim" in options else None
    torch.testing.assert_close(conv(x, graph, attr), literally(conv, x, graph, attr))


@pytest.mark.parametrize("merge", ["mean", "sum", "none"])
def test_on_whole_graphs_it_is_a_global_layer(merge, filled, features, graph):
    conv = filled(SPENConv(3, (2, 4, 4), num_hops=4, merge=merge, **PAPER))
    path = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 4]])
    edges = torch.cat([path, path.flip(0), graph[:, 9:]], dim=1)
    x, ego = features(), EgoPlan.from_edges(edges, 9, 4, dedup=True)
    plan = TuplePlan.from_ptr(torch.tensor([0, 5, 8, 9]))
    adjacency = torch.zeros(9, 9)
    adjacency[tuple(edges)] = 1
    lin = MixedOrderLinear((0, 3, 1), (2, 4, 4))
    lin.load_state_dict(conv.lin.state_dict())
    zero, one, two = lin((None, x, adjacency[plan.rows.index, plan.cols.index].view(-1, 1)), plan)
    if merge == "sum":  # Over as many copies of a graph as it has nodes.
        one = one * plan.sizes[plan.sets.index].view(-1, 1)
        two = two * plan.sizes[plan.sets.index][plan.rows.index].view(-1, 1)
    torch.testing.assert_close(conv(x, ego=ego), (zero, one, two))


def test_triangles_are_counted_by_hand_set_weights():
    conv = SPENConv(1, (1, 0, 0), aggr="sum", sizes=False, marks=False)
    with torch.no_grad():
        # Of the diagonal, of all pairs and of all members: half the pairs less the spokes.
        conv.lin.weight_sets.copy_(torch.tensor([[0.0, 0.5, -1.0]]))
        conv.lin.bias.fill_(1.0)
    for seed in range(5):
        graph = nx.gnp_random_graph(15, 0.4, seed=seed)
        edges = torch.tensor(list(graph.to_directed().edges)).t()
        out, _, _ = conv(torch.ones(15, 1), edges)
        assert out.view(-1).tolist() == list(nx.triangles(graph).values())


def test_residual_and_dropout(filled, graph):
    width = (2, 4, 4)
    plain = filled(SPENConv(width, width))
    ego = EgoPlan.from_edges(graph, 9, 1)
    rows = (ego.tuples.num_sets, ego.tuples.num_nodes, ego.tuples.num_pairs)
    xs = tuple(torch.randn(num, c) for num, c in zip(rows, width, strict=True))
    outs = plain(xs, ego=ego)
    for options, add in (({"residual": True}, True), ({"dropout": 0.5}, False)):
        conv = SPENConv(width, width, **options)
        conv.load_state_dict(plain.state_dict())
        for y, x, out in zip(conv.eval()(xs, ego=ego), xs, outs, strict=True):
            torch.testing.assert_close(y, out + x if add else out)
    kept = conv.train()(xs, ego=ego)[2] != 0
    assert 0.3 < float(kept.double().mean()) < 0.7


class Largest(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.numel = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if isinstance(out, torch.Tensor):
            self.numel = max(self.numel, out.numel())
        return out


def test_no_stack_of_all_maps_is_made():
    conv, d = SPENConv((0, 16, 16), (0, 16, 16), act="elu"), 16
    edges = torch.randint(300, (2, 1500))
    ego = EgoPlan.from_edges(edges, 300, 1)
    num_pairs = ego.tuples.num_pairs
    xs = (None, torch.randn(ego.tuples.num_nodes, d), torch.randn(num_pairs, d, requires_grad=True))
    with Largest() as seen:
        conv(xs, ego=ego)[2].sum().backward()
    assert seen.numel == 2 * num_pairs * d


def tuples(ego, channels):
    rows = (ego.tuples.num_sets, ego.tuples.num_nodes, ego.tuples.num_pairs)
    return tuple(torch.randn(num, c) if c else None for num, c in zip(rows, channels, strict=True))


@pytest.mark.parametrize(
    "act",
    ["relu", torch.relu_, F.elu_, torch.nn.ELU(inplace=True)],
    ids=["relu", "relu_", "elu_", "ELU"],
)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_any_form_of_the_non_linearity(act, order, graph):
    ego = EgoPlan.from_edges(graph, 9, 1)
    width = tuple(4 * (q == order) for q in range(3))
    conv = SPENTupleConv((2, 3, 4), width, act=act, merge="none")
    plain = SPENTupleConv((2, 3, 4), width, merge="none")
    plain.load_state_dict(conv.state_dict())
    xs = tuple(x.requires_grad_() for x in tuples(ego, (2, 3, 4)))
    function = F.relu if act in ("relu", torch.relu_) else F.elu
    out, expected = conv(xs, ego)[order], function(plain(xs, ego)[order])
    assert torch.equal(out, expected)
    for ours, theirs in zip(
        *(torch.autograd.grad(y.square().sum(), xs) for y in (out, expected)), strict=True
    ):
        torch.testing.assert_close(ours, theirs)


def test_act_first_and_arguments_of_norm_and_act(graph):
    ego = EgoPlan.from_edges(graph, 9, 1)
    options = {"act": "leaky_relu", "act_kwargs": {"negative_slope": 0.5}, "merge": "none"}
    norm = {"norm": "layer", "norm_kwargs": {"affine": False, "mode": "node"}}
    xs, channels = tuples(ego, (0, 3, 0)), ((0, 3, 0), (0, 4, 0))
    plain = SPENTupleConv(*channels, merge="none")
    first = SPENTupleConv(*channels, act_first=True, **options, **norm)
    last = SPENTupleConv(*channels, **options, **norm)
    for conv in (first, last):
        conv.load_state_dict(plain.state_dict())
    y = plain(xs, ego)[1]
    expected = F.layer_norm(F.leaky_relu(y, 0.5), (4,))
    torch.testing.assert_close(first(xs, ego)[1], expected)
    torch.testing.assert_close(last(xs, ego)[1], F.leaky_relu(F.layer_norm(y, (4,)), 0.5))


def test_a_norm_that_is_given_is_copied():
    norm = torch.nn.LayerNorm(4)
    conv = SPENTupleConv((0, 3, 3), (0, 4, 4), norm=norm)
    ids = {id(module) for module in (norm, *conv.norms.values())}
    assert len(ids) == 3


def test_another_number_of_hops_is_refused(graph):
    ego = EgoPlan.from_edges(graph, 9, 3)
    with pytest.raises(ValueError, match="'ego' .* of 3 hops, but 'num_hops' is 1"):
        SPENTupleConv((0, 3, 0), (0, 4, 0))(tuples(ego, (0, 3, 0)), ego)
