from itertools import product

import networkx as nx
import pytest
import torch
import torch.nn.functional as F
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode

from pyg_symm.nn import EgoPlan, MixedOrderLinear, SPENConv
from pyg_symm.testing import assert_batch_independent, assert_equivariant, assert_layer_contract
from pyg_symm.utils import TuplePlan

# Two components, directed, unsorted; a self loop, parallel edges, a clique 5-6-7; node 8 alone.
EDGES = torch.tensor(
    [
        [1, 0, 3, 1, 2, 2, 4, 1, 3, 6, 5, 6, 7, 7, 5],
        [0, 1, 1, 2, 0, 2, 3, 2, 4, 5, 6, 7, 6, 5, 7],
    ]
)
NUM = 9
BATCH = torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 2])
NONE = torch.empty(2, 0, dtype=torch.long)
PAPER = {"keep_local": False, "count": False, "sizes": False, "marks": False}


def filled(module):
    """With every parameter at random, also those that start at zero or one."""
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return module


def features(num_nodes=NUM, channels=3):
    return torch.randn(num_nodes, channels)


class Stack(torch.nn.Module):
    """In by nodes and edges, on by members and pairs, out by nodes."""

    def __init__(self, num_hops=1, edge_dim=None, **kwargs):
        super().__init__()
        width = (2, 4, 4)
        kwargs = {"num_hops": num_hops, "act": "elu", **kwargs}
        self.first = filled(SPENConv(3, width, edge_dim=edge_dim, **kwargs))
        self.second = filled(SPENConv(width, width, **kwargs))
        self.last = filled(SPENConv(width, 5, **kwargs))
        self.num_hops = num_hops

    def reset_parameters(self):
        for conv in self.children():
            conv.reset_parameters()

    def forward(self, x, edge_index, edge_attr=None, batch=None, ego=None):
        if ego is None:
            ego = EgoPlan.from_edges(edge_index, x.size(0), self.num_hops)
        state = self.first(x, edge_attr=edge_attr, batch=batch, ego=ego)
        state = self.second(state, batch=batch, ego=ego)
        return self.last(state, batch=batch, ego=ego)


# The formula ----------------------------------------------------------------


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
def test_equals_the_formula(options, out_channels):
    conv = filled(SPENConv(3, out_channels, **options))
    x = features()
    attr = torch.randn(EDGES.size(1), 2) if "edge_dim" in options else None
    torch.testing.assert_close(conv(x, EDGES, attr), literally(conv, x, EDGES, attr))


@pytest.mark.parametrize("merge", ["mean", "sum", "none"])
def test_on_whole_graphs_it_is_a_global_layer(merge):
    conv = filled(SPENConv(3, (2, 4, 4), num_hops=4, merge=merge, **PAPER))
    path = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 4]])
    edges = torch.cat([path, path.flip(0), EDGES[:, 9:]], dim=1)
    x, ego = features(), EgoPlan.from_edges(edges, NUM, 4, dedup=True)
    plan = TuplePlan.from_ptr(torch.tensor([0, 5, 8, 9]))
    adjacency = torch.zeros(NUM, NUM)
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


# Symmetry -------------------------------------------------------------------

EXCHANGES = list(product(["mean", "sum", "none"], [True, False], [True, False]))


@pytest.mark.parametrize("merge, keep_local, count", EXCHANGES)
@pytest.mark.parametrize("matmul", [True, False])
def test_all_options_are_equivariant(tol, merge, keep_local, count, matmul):
    x, attr = features(), torch.randn(EDGES.size(1), 2)
    exchange = {"merge": merge, "keep_local": keep_local, "count": count}
    for sizes, marks in product([True, False], repeat=2):
        stack = Stack(1, 2, matmul=matmul, sizes=sizes, marks=marks, **exchange)
        assert_equivariant(stack, x, EDGES, attr, num_samples=1, tol=10 * tol)


@pytest.mark.parametrize("num_hops", [0, 1, 2, 3])
@pytest.mark.parametrize("norm", [None, "batch", "layer", "graph", "instance"])
def test_any_number_of_hops_and_any_norm_is_equivariant(norm, num_hops):
    stack = Stack(num_hops, norm=norm, residual=True)  # Training: with statistics of the batch.
    assert_equivariant(stack, features(), EDGES)


@pytest.mark.parametrize("norm", [None, "batch", "layer", "graph", "instance"])
def test_graphs_do_not_depend_on_their_batch(norm):
    stack = Stack(2, norm=norm, matmul=True).eval()
    for name, buffer in stack.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            buffer.uniform_(0.5, 2.0)
    assert_batch_independent(
        lambda x, edges, batch: stack(x, edges, batch=batch), features(), BATCH, EDGES
    )


# Graphs ---------------------------------------------------------------------


@pytest.mark.parametrize("num_nodes", [0, 1, 3])
@pytest.mark.parametrize("options", [{}, {"matmul": True, "edge_dim": 2, "merge": "sum"}], ids=str)
def test_graphs_without_edges(num_nodes, options):
    stack = Stack(2, **options)
    x = features(num_nodes).requires_grad_()
    out = stack(x, NONE, torch.empty(0, 2) if "edge_dim" in options else None)
    assert out.shape == (num_nodes, 5) and bool(out.isfinite().all())
    grads = torch.autograd.grad(out.sum(), [x, *stack.parameters()], allow_unused=True)
    assert all(bool(grad.isfinite().all()) for grad in grads if grad is not None)


def test_self_loops_are_seen():
    stack, x = Stack(), features()
    loop = torch.tensor([[4], [4]])
    change = stack(x, torch.cat([EDGES, loop], dim=1)) - stack(x, EDGES)
    assert bool((change[4] != 0).any()) and bool((change[5:] == 0).all())


def test_parallel_edges_add_up():
    plain, featured = (filled(SPENConv(3, 4, edge_dim=dim)) for dim in (None, 1))
    featured.load_state_dict(plain.state_dict())
    edges = EDGES.unique(dim=1)
    x, attr = features(), torch.ones(edges.size(1), 1)
    attr[2] = 2
    twice = torch.cat([edges, edges[:, 2:3]], dim=1)
    torch.testing.assert_close(plain(x, twice), featured(x, edges, attr))
    assert not torch.allclose(plain(x, twice), plain(x, edges))


def test_direction_matters():
    x = features()
    cycle = torch.stack([torch.arange(6), torch.arange(1, 7) % 6])
    for num_hops in (1, 3):  # With other members, and with the same.
        stack = Stack(num_hops)
        there, back = stack(x[:6], cycle), stack(x[:6], cycle.flip(0))
        assert bool(((there - back).abs() > 1e-3).any())


def test_exchange_carries_features_further_than_an_ego_network():
    path = torch.tensor([[0, 1, 1, 2, 2, 3, 3, 4], [1, 0, 2, 1, 3, 2, 4, 3]])
    x = features(5).requires_grad_()
    (grad,) = torch.autograd.grad(SPENConv(3, 4)(x, path)[0].sum(), x)
    assert (grad != 0).any(dim=1).tolist() == [True, True, True, False, False]
    (grad,) = torch.autograd.grad(Stack()(x, path)[0].sum(), x)
    assert bool((grad != 0).any(dim=1).all())


# Ego-networks ---------------------------------------------------------------


@pytest.mark.parametrize("merge, keep_local, count", EXCHANGES)
@pytest.mark.parametrize("matmul", [True, False])
def test_sharing_ego_networks_changes_nothing(tol, merge, keep_local, count, matmul):
    options = {"merge": merge, "keep_local": keep_local, "count": count, "matmul": matmul}
    x = features()
    for num_hops in (1, 2):
        stack = Stack(num_hops, marks=False, **options)
        plan, shared = (EgoPlan.from_edges(EDGES, NUM, num_hops, dedup=d) for d in (False, True))
        assert shared.tuples.num_sets < plan.tuples.num_sets
        expected = stack(x, EDGES, ego=plan)
        torch.testing.assert_close(stack(x, EDGES, ego=shared), expected, atol=tol, rtol=tol)


def test_plan_is_found_if_not_given():
    conv, x = filled(SPENConv(3, 4, num_hops=2)), features()
    ego = EgoPlan.from_edges(EDGES, NUM, num_hops=2)
    assert torch.equal(conv(x, EDGES), conv(x, ego=ego))


# Shapes, types and gradients ------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_hops": 2, "merge": "sum", "act": "elu", "norm": "batch"},
        {"edge_dim": 2, "matmul": True, "norm": "graph", "residual": True},
        {"merge": "none", "norm": "layer", "dropout": 0.5},
        {"bias": False, **PAPER},
    ],
    ids=str,
)
def test_contract_of_a_layer(options):
    attr = torch.randn(EDGES.size(1), 2) if "edge_dim" in options else None
    assert_layer_contract(SPENConv(3, 3, **options), features(), EDGES, attr)
    assert_layer_contract(Stack(**options), features(), EDGES, attr)


@pytest.mark.parametrize("matmul", [True, False])
@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_gradient(matmul):
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


@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_types_of_less_precision():
    stack, x = Stack(matmul=True), features()
    expected = stack(x, EDGES)
    stack = stack.float()
    torch.testing.assert_close(stack(x.float(), EDGES).double(), expected, atol=1e-4, rtol=1e-4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = stack(x.float(), EDGES)
        out.square().sum().backward()
    scale = expected.detach().abs().max().item()
    torch.testing.assert_close(out.double(), expected, atol=0.05 * scale, rtol=0)
    assert all(bool(w.grad.isfinite().all()) for w in stack.last.parameters())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_deterministic(dtype, assert_deterministic):
    stack, x = Stack(matmul=True).to(dtype), features().to(dtype).requires_grad_()

    def run():
        out = stack(x, EDGES)
        leaves = [x, *stack.last.parameters()]
        return out, *torch.autograd.grad(out.square().sum(), leaves)

    assert_deterministic(run)


def test_residual_and_dropout():
    width = (2, 4, 4)
    plain = filled(SPENConv(width, width))
    ego = EgoPlan.from_edges(EDGES, NUM, 1)
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


def test_repr():
    assert str(SPENConv(8, 16, num_hops=2)) == "SPENConv(8, 16, num_hops=2)"
    assert str(SPENConv(8, (0, 4, 4))) == "SPENConv(8, (0, 4, 4), num_hops=1)"


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: SPENConv(3, 4, num_hops=-1), r"'num_hops' must not be negative \(got -1\)"),
        (lambda: SPENConv(3, 4, merge="max"), r"'merge' must be one of .*'none'.* \(got 'max'\)"),
        (lambda: SPENConv(3, 4, aggr="max"), r"'aggr' must be one of .* \(got 'max'\)"),
        (lambda: SPENConv(3, 4, edge_dim=0), r"'edge_dim' must be positive \(got 0\)"),
        (lambda: SPENConv((1, 2), 4), r"'in_channels' must give sizes .* \(got \(1, 2\)\)"),
        (
            lambda: SPENConv(3, 4)(features(9, 2), EDGES),
            r"'x' must have shape \[9, 3\] \(got \[9, 2\]\)",
        ),
        (
            lambda: SPENConv(3, 4, edge_dim=2)(features(), EDGES),
            r"'edge_attr' must have shape \[E, 2\] \(got None\)",
        ),
        (
            lambda: SPENConv(3, 4, edge_dim=2)(features(), EDGES, torch.ones(15)),
            r"'edge_attr' must have shape \[E, 2\] \(got \[15\]\)",
        ),
        (
            lambda: SPENConv((0, 3, 0), 4)(features(), EDGES),
            r"'x' must be features of order 0, 1 and 2 \(got \[9, 3\]\)",
        ),
        (lambda: SPENConv(3, 4)(features()), "one of 'edge_index' and 'ego' must be given"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
