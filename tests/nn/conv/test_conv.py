from itertools import product

import pytest
import torch

from pyg_symm.nn import EgoPlan, SPENConv
from pyg_symm.testing import assert_batch_independent, assert_equivariant, assert_layer_contract

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


@pytest.mark.parametrize("num_nodes", [0, 1, 3])
@pytest.mark.parametrize("options", [{}, {"matmul": True, "edge_dim": 2, "merge": "sum"}], ids=str)
def test_graphs_without_edges(num_nodes, options):
    stack = Stack(2, **options)
    x = features(num_nodes).requires_grad_()
    out = stack(x, NONE, torch.empty(0, 2) if "edge_dim" in options else None)
    assert out.shape == (num_nodes, 5) and bool(out.isfinite().all())
    grads = torch.autograd.grad(out.sum(), [x, *stack.parameters()], allow_unused=True)
    assert all(bool(grad.isfinite().all()) for grad in grads if grad is not None)


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


def test_self_loops_are_seen():
    stack, x = Stack(), features()
    loop = torch.tensor([[4], [4]])
    change = stack(x, torch.cat([EDGES, loop], dim=1)) - stack(x, EDGES)
    assert bool((change[4] != 0).any()) and bool((change[5:] == 0).all())


# Transforms of functions ----------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"matmul": True, "norm": "layer"}], ids=str)
def test_transforms_of_functions(options):
    stack, x, v = Stack(**options), features(), features()

    def loss(x):
        return stack(x, EDGES).square().sum()

    leaf = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(loss(leaf), leaf)
    torch.testing.assert_close(torch.func.grad(loss)(x), expected)
    torch.testing.assert_close(torch.func.jvp(loss, (x,), (v,))[1], (expected * v).sum())
    xs = torch.stack([x, v])
    torch.testing.assert_close(
        torch.func.vmap(lambda x: stack(x, EDGES))(xs), torch.stack([stack(x, EDGES) for x in xs])
    )
    torch.testing.assert_close(torch.func.vmap(torch.func.grad(loss))(xs)[0], expected)


@pytest.mark.parametrize("dedup", [True, False])
def test_compiles_without_a_graph_break_given_a_new_plan(dedup):
    torch._dynamo.reset()
    conv, x = filled(SPENConv(3, 4, act="elu")), features().requires_grad_()
    ego = EgoPlan.from_edges(EDGES, NUM, 1, dedup=dedup)
    compiled = torch.compile(conv, fullgraph=True, backend="aot_eager")
    out = compiled(x, ego=ego)
    (grad,) = torch.autograd.grad(out.square().sum(), x)
    expected = conv(x, ego=ego)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(grad, torch.autograd.grad(expected.square().sum(), x)[0])
