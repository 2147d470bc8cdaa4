from itertools import product

import pytest
import torch
from torch.func import functional_call

from pyg_symm.groups import num_equivariant_maps
from pyg_symm.nn import EquivariantLinear, MixedOrderLinear
from pyg_symm.testing import assert_layer_contract
from pyg_symm.utils import TuplePlan

BELL = [1, 1, 2, 5, 15]
PAIR = TuplePlan.from_ptr(torch.tensor([0, 2]))
of_orders = pytest.mark.parametrize("p, q", list(product(range(3), repeat=2)))
of_aggrs = pytest.mark.parametrize("aggr", ["mean", "sum"])


@of_orders
def test_number_of_parameters(p, q):
    def count(bias):
        return sum(w.numel() for w in EquivariantLinear(3, 4, p, q, bias).parameters())

    assert num_equivariant_maps(p, q) == BELL[p + q]
    assert count(bias=False) == BELL[p + q] * 3 * 4
    assert count(bias=True) - count(bias=False) == BELL[q] * 4


@of_orders
def test_variance_does_not_grow_with_the_number_of_maps(p, q):
    lin = EquivariantLinear(32, 32, p, q, bias=False)
    weights = torch.cat([w.view(-1) for w in lin.parameters()])
    expected = (2 / (BELL[p + q] * 32)) ** 0.5
    torch.testing.assert_close(weights.std(), torch.tensor(expected), atol=0, rtol=0.1)


def moved(plan, node, order):
    """The rows of tensors of some order when the nodes are permuted within their sets."""
    if order == 2:
        i, j = node[plan.rows.index], node[plan.cols.index]
        return plan.rows.ptr[i] + j - plan.ptr[plan.sets.index[i]]
    return node if order == 1 else torch.arange(plan.num_sets)


@of_aggrs
@of_orders
def test_commutes_with_permutations_of_each_set(tol, p, q, aggr, features, layer, plan_of, sizes):
    lin, plan = layer(p, q, aggr), plan_of(sizes)
    x = features(plan, p)
    expected = lin(x, plan=plan)
    for _ in range(5):
        node = (plan.sets.index + torch.rand(plan.num_nodes) * 0.9).argsort()
        out = lin(x[moved(plan, node, p)], plan=plan)
        torch.testing.assert_close(out, expected[moved(plan, node, q)], atol=tol, rtol=tol)


@of_aggrs
@of_orders
def test_sets_do_not_depend_on_each_other(
    tol, p, q, aggr, features, sizes, layer, plan_of, per_set
):
    lin, plan = layer(p, q, aggr), plan_of(sizes)
    x = features(plan, p)
    together = lin(x, plan=plan)
    for mine, y, m in zip(per_set(x, sizes, p), per_set(together, sizes, q), sizes, strict=True):
        torch.testing.assert_close(lin(mine, torch.tensor([0, m])), y, atol=tol, rtol=tol)


@of_orders
def test_no_sets_empty_sets_and_single_nodes(p, q, layer, plan_of, features, rows):
    lin = layer(p, q)
    for sizes in ([], [0], [1], [0, 0, 1]):
        plan = plan_of(sizes)
        x = features(plan, p, requires_grad=True)
        out = lin(x, plan.ptr)
        assert out.shape == (rows(plan, q), 4) and bool(out.isfinite().all())
        grads = torch.autograd.grad(out.sum(), [x, *lin.parameters()])
        assert all(bool(grad.isfinite().all()) for grad in grads)


@of_orders
def test_contract_of_a_layer(p, q, plan_of, layer, features):
    plan = plan_of([3, 0, 1, 2])
    assert_layer_contract(layer(p, q), features(plan, p), plan.ptr)


@of_aggrs
@of_orders
@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_gradients_of_any_order(p, q, aggr, features, layer, plan_of):
    lin, plan = layer(p, q, aggr, channels=(1, 1)), plan_of([2, 0, 1])
    names, weights = zip(*lin.named_parameters(), strict=True)
    weights = [w.detach().requires_grad_() for w in weights]

    def call(x, *weights):
        return functional_call(lin, dict(zip(names, weights, strict=True)), x, {"plan": plan})

    x = features(plan, p, channels=1, requires_grad=True)
    assert torch.autograd.gradcheck(call, (x, *weights))
    assert torch.autograd.gradgradcheck(call, (x, *weights))


@of_orders
@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_types_of_less_precision(p, q, features, layer, plan_of, sizes):
    lin, plan = layer(p, q), plan_of(sizes)
    x = features(plan, p)
    expected = lin(x, plan=plan)
    lin = lin.float()
    out = lin(x.float(), plan=plan)
    torch.testing.assert_close(out.double(), expected, atol=1e-5, rtol=1e-5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = lin(x.float(), plan=plan)
        rounded.square().sum().backward()
    assert rounded.dtype == torch.bfloat16
    torch.testing.assert_close(rounded.double(), expected, atol=0.1, rtol=0.1)
    assert all(bool(w.grad.isfinite().all()) for w in lin.parameters())


def test_one_step_lowers_the_loss(layer, plan_of, sizes, features):
    lin, plan = layer(2, 2), plan_of(sizes)
    x, target = features(plan, 2), features(plan, 2, channels=4)
    optimizer = torch.optim.SGD(lin.parameters(), lr=0.01)
    losses = []
    for _ in range(2):
        loss = (lin(x, plan=plan) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]


def test_repr():
    assert (
        str(EquivariantLinear(16, 32, 2, 1)) == "EquivariantLinear(16, 32, in_order=2, out_order=1)"
    )
    assert str(MixedOrderLinear((0, 1, 2), (3, 4, 0))) == "MixedOrderLinear((0, 1, 2), (3, 4, 0))"


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda: EquivariantLinear(0, 4, 1, 1),
            r"'in_channels' must be an integer of 1 or more \(got 0\)",
        ),
        (
            lambda: EquivariantLinear(4, -1, 1, 1),
            r"'out_channels' must be an integer of 1 or more \(got -1\)",
        ),
        (lambda: EquivariantLinear(4, 4, 3, 1), r"'in_order' must be 0, 1 or 2 \(got 3\)"),
        (lambda: EquivariantLinear(4, 4, 1, -1), r"'out_order' must be 0, 1 or 2 \(got -1\)"),
        (
            lambda: EquivariantLinear(4, 4, 1, 1, aggr="max"),
            r"'aggr' must be one of .*'mean', 'sum'.* \(got 'max'\)",
        ),
        (
            lambda: MixedOrderLinear((1, 1), (1, 1, 1)),
            r"'in_channels' must give sizes .* \(got \(1, 1\)\)",
        ),
        (
            lambda: MixedOrderLinear((1, 1, 1), (0, 0, 0)),
            r"'out_channels' must give sizes .* \(got \(0, 0, 0\)\)",
        ),
        (
            lambda: EquivariantLinear(3, 4, 2, 1)(torch.ones(3, 3), torch.tensor([0, 2, 3])),
            r"'x' of order 2 must have shape \[5, 3\] \(got \[3, 3\]\)",
        ),
        (
            lambda: EquivariantLinear(3, 4, 1, 0)(torch.ones(3, 3).long(), torch.tensor([0, 3])),
            r"'x' of order 1 must hold floating-point numbers \(got torch.int64\)",
        ),
        (
            lambda: MixedOrderLinear((0, 3, 0), (0, 1, 0))((None, None, None), PAIR),
            r"'x' of order 1 must have shape \[2, 3\] \(got None\)",
        ),
        (
            lambda: EquivariantLinear(3, 4, 1, 1)(torch.ones(2, 3)),
            r"one of 'ptr' and 'plan' must be given",
        ),
        (
            lambda: EquivariantLinear(3, 4, 1, 1)(torch.ones(2, 3), torch.tensor([0, 3, 2])),
            r"'ptr' must not decrease \(got 3 at 1, then 2\)",
        ),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.slow
@pytest.mark.parametrize("p, q", [(2, 2), (1, 2)])
def test_compiles_without_a_graph_break(p, q, layer, plan_of, sizes, features):
    torch._dynamo.reset()
    lin = layer(p, q)
    compiled = torch.compile(lambda x, plan: lin(x, plan=plan), fullgraph=True, backend="aot_eager")
    plan = plan_of(sizes)
    x = features(plan, p, requires_grad=True)
    out, expected = compiled(x, plan), lin(x, plan=plan)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(
        torch.autograd.grad(out.square().sum(), x), torch.autograd.grad(expected.square().sum(), x)
    )


@of_orders
def test_transforms_of_functions(p, q, layer, plan_of, features):
    lin, plan = layer(p, q), plan_of([3, 0, 1, 2])
    x, v = features(plan, p), features(plan, p)

    def loss(x):
        return lin(x, plan=plan).square().sum()

    leaf = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(loss(leaf), leaf)
    torch.testing.assert_close(torch.func.grad(loss)(x), expected)
    torch.testing.assert_close(torch.func.jvp(loss, (x,), (v,))[1], (expected * v).sum())
    many = torch.func.vmap(lambda x: lin(x, plan=plan))(torch.stack([x, v]))
    torch.testing.assert_close(many, torch.stack([lin(x, plan=plan), lin(v, plan=plan)]))


def test_a_plan_of_other_sets_is_refused(layer, plan_of, features):
    lin, plan = layer(1, 1), plan_of([2, 3])
    with pytest.raises(ValueError, match="'ptr' has 1 sets, but 'plan' has 2"):
        lin(features(plan, 1), torch.tensor([0, 5]), plan=plan)
