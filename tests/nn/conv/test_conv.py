from itertools import product

import pytest
import torch

from pyg_symm.nn import EgoPlan, SPENConv
from pyg_symm.testing import assert_batch_independent, assert_equivariant, assert_layer_contract

BATCH = torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 2])
NONE = torch.empty(2, 0, dtype=torch.long)
PAPER = {"keep_local": False, "count": False, "sizes": False, "marks": False}
EXCHANGES = list(product(["mean", "sum", "none"], [True, False], [True, False]))


@pytest.mark.parametrize("merge, keep_local, count", EXCHANGES)
@pytest.mark.parametrize("matmul", [True, False])
def test_all_options_are_equivariant(
    tol, merge, keep_local, count, matmul, features, make_stack, graph
):
    x, attr = features(), torch.randn(graph.size(1), 2)
    exchange = {"merge": merge, "keep_local": keep_local, "count": count}
    for sizes, marks in product([True, False], repeat=2):
        stack = make_stack(1, 2, matmul=matmul, sizes=sizes, marks=marks, **exchange)
        assert_equivariant(stack, x, graph, attr, num_samples=1, tol=10 * tol)


@pytest.mark.parametrize("num_hops", [0, 1, 2, 3])
@pytest.mark.parametrize("norm", [None, "batch", "layer", "graph", "instance"])
def test_any_number_of_hops_and_any_norm_is_equivariant(
    norm, num_hops, make_stack, graph, features
):
    stack = make_stack(num_hops, norm=norm, residual=True)
    assert_equivariant(stack, features(), graph)  # Training: with statistics of the batch.


@pytest.mark.parametrize("norm", [None, "batch", "layer", "graph", "instance"])
def test_graphs_do_not_depend_on_their_batch(norm, graph, features, make_stack):
    stack = make_stack(2, norm=norm, matmul=True).eval()
    for name, buffer in stack.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            buffer.uniform_(0.5, 2.0)
    assert_batch_independent(
        lambda x, edges, batch: stack(x, edges, batch=batch), features(), BATCH, graph
    )


@pytest.mark.parametrize("num_nodes", [0, 1, 3])
@pytest.mark.parametrize("options", [{}, {"matmul": True, "edge_dim": 2, "merge": "sum"}], ids=str)
def test_graphs_without_edges(num_nodes, options, make_stack, features):
    stack = make_stack(2, **options)
    x = features(num_nodes).requires_grad_()
    out = stack(x, NONE, torch.empty(0, 2) if "edge_dim" in options else None)
    assert out.shape == (num_nodes, 5) and bool(out.isfinite().all())
    grads = torch.autograd.grad(out.sum(), [x, *stack.parameters()], allow_unused=True)
    assert all(bool(grad.isfinite().all()) for grad in grads if grad is not None)


def test_direction_matters(features, make_stack):
    x = features()
    cycle = torch.stack([torch.arange(6), torch.arange(1, 7) % 6])
    for num_hops in (1, 3):  # With other members, and with the same.
        stack = make_stack(num_hops)
        there, back = stack(x[:6], cycle), stack(x[:6], cycle.flip(0))
        assert bool(((there - back).abs() > 1e-3).any())


def test_exchange_carries_features_further_than_an_ego_network(features, make_stack):
    path = torch.tensor([[0, 1, 1, 2, 2, 3, 3, 4], [1, 0, 2, 1, 3, 2, 4, 3]])
    x = features(5).requires_grad_()
    (grad,) = torch.autograd.grad(SPENConv(3, 4)(x, path)[0].sum(), x)
    assert (grad != 0).any(dim=1).tolist() == [True, True, True, False, False]
    (grad,) = torch.autograd.grad(make_stack()(x, path)[0].sum(), x)
    assert bool((grad != 0).any(dim=1).all())


@pytest.mark.parametrize("merge, keep_local, count", EXCHANGES)
@pytest.mark.parametrize("matmul", [True, False])
def test_sharing_ego_networks_changes_nothing(
    tol, merge, keep_local, count, matmul, features, make_stack, graph
):
    options = {"merge": merge, "keep_local": keep_local, "count": count, "matmul": matmul}
    x = features()
    for num_hops in (1, 2):
        stack = make_stack(num_hops, marks=False, **options)
        plan, shared = (EgoPlan.from_edges(graph, 9, num_hops, dedup=d) for d in (False, True))
        assert shared.tuples.num_sets < plan.tuples.num_sets
        expected = stack(x, graph, ego=plan)
        torch.testing.assert_close(stack(x, graph, ego=shared), expected, atol=tol, rtol=tol)


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
def test_contract_of_a_layer(options, graph, features, make_stack):
    attr = torch.randn(graph.size(1), 2) if "edge_dim" in options else None
    assert_layer_contract(SPENConv(3, 3, **options), features(), graph, attr)
    assert_layer_contract(make_stack(**options), features(), graph, attr)


@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_types_of_less_precision(graph, make_stack, features):
    stack, x = make_stack(matmul=True), features()
    expected = stack(x, graph)
    stack = stack.float()
    torch.testing.assert_close(stack(x.float(), graph).double(), expected, atol=1e-4, rtol=1e-4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = stack(x.float(), graph)
        out.square().sum().backward()
    scale = expected.detach().abs().max().item()
    torch.testing.assert_close(out.double(), expected, atol=0.05 * scale, rtol=0)
    assert all(bool(w.grad.isfinite().all()) for w in stack.last.parameters())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_deterministic(dtype, assert_deterministic, graph, make_stack, features):
    stack, x = make_stack(matmul=True).to(dtype), features().to(dtype).requires_grad_()

    def run():
        out = stack(x, graph)
        leaves = [x, *stack.last.parameters()]
        return out, *torch.autograd.grad(out.square().sum(), leaves)

    assert_deterministic(run)


def test_self_loops_are_seen(make_stack, features, graph):
    stack, x = make_stack(), features()
    loop = torch.tensor([[4], [4]])
    change = stack(x, torch.cat([graph, loop], dim=1)) - stack(x, graph)
    assert bool((change[4] != 0).any()) and bool((change[5:] == 0).all())


# Transforms of functions ----------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"matmul": True, "norm": "layer"}], ids=str)
def test_transforms_of_functions(options, make_stack, features, graph):
    stack, x, v = make_stack(**options), features(), features()

    def loss(x):
        return stack(x, graph).square().sum()

    leaf = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(loss(leaf), leaf)
    torch.testing.assert_close(torch.func.grad(loss)(x), expected)
    torch.testing.assert_close(torch.func.jvp(loss, (x,), (v,))[1], (expected * v).sum())
    xs = torch.stack([x, v])
    torch.testing.assert_close(
        torch.func.vmap(lambda x: stack(x, graph))(xs), torch.stack([stack(x, graph) for x in xs])
    )
    torch.testing.assert_close(torch.func.vmap(torch.func.grad(loss))(xs)[0], expected)


@pytest.mark.parametrize("dedup", [True, False])
def test_compiles_without_a_graph_break_given_a_new_plan(dedup, graph, filled, features):
    torch._dynamo.reset()
    conv, x = filled(SPENConv(3, 4, act="elu")), features().requires_grad_()
    ego = EgoPlan.from_edges(graph, 9, 1, dedup=dedup)
    compiled = torch.compile(conv, fullgraph=True, backend="aot_eager")
    out = compiled(x, ego=ego)
    (grad,) = torch.autograd.grad(out.square().sum(), x)
    expected = conv(x, ego=ego)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(grad, torch.autograd.grad(expected.square().sum(), x)[0])
