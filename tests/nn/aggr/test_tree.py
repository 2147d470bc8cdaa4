import math

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch_geometric.utils import segment

from pyg_symm.nn.aggr import TreePlan, tree_reduce
from pyg_symm.testing import peak_memory

MANY = list(range(71))
TWO, FOUR = (TreePlan.from_ptr(torch.tensor([0, num])) for num in (2, 4))  # One set each.


def fold(rows, mix):
    """The tree by hand: neighbours pair up, an odd last row is carried."""
    while len(rows) > 1:
        paired = [mix(rows[i], rows[i + 1]) for i in range(0, len(rows) - 1, 2)]
        rows = paired + rows[len(rows) - len(rows) % 2 :]
    return rows[0]


def test_equals_the_tree_by_hand(tol, sizes, plan_of, features, mix):
    plan = plan_of(sizes)
    x = features(plan)
    out = tree_reduce(x, plan, mix, identity=7.0)
    assert out.shape == (len(sizes), 3)
    for s, rows in enumerate(x.split(sizes)):
        expected = fold(list(rows), mix) if len(rows) > 0 else torch.full((3,), 7.0)
        torch.testing.assert_close(out[s], expected, atol=tol / 100, rtol=0)


@pytest.mark.parametrize(
    "op, reduce, exact",
    [(torch.maximum, "max", True), (torch.minimum, "min", True), (torch.add, "sum", False)],
)
def test_equals_segment_reductions(some_sizes, op, reduce, exact, tol, plan_of, features):
    plan = plan_of(some_sizes)
    x = features(plan)
    expected = segment(x, plan.ptr, reduce=reduce)
    tol = 0 if exact else tol
    torch.testing.assert_close(tree_reduce(x, plan, op), expected, atol=tol, rtol=tol)


def test_logaddexp_equals_logsumexp(tol, plan_of, features):
    plan = plan_of(MANY)
    x = features(plan)
    out = tree_reduce(x, plan, torch.logaddexp, identity=-math.inf)
    for s, rows in enumerate(x.split(MANY)):
        torch.testing.assert_close(out[s], rows.logsumexp(0), atol=tol, rtol=tol)


def test_identity_may_be_a_row(plan_of):
    identity = torch.tensor([1.0, 2.0], requires_grad=True)
    out = tree_reduce(torch.ones(2, 2), plan_of([0, 2, 0]), torch.add, identity)
    assert out.tolist() == [[1, 2], [2, 2], [1, 2]]
    out.sum().backward()
    assert identity.grad.tolist() == [2, 2]


def test_trace_receives_all_inner_nodes(plan_of, features):
    trace = []
    plan = plan_of([4, 3, 1])
    tree_reduce(features(plan), plan, torch.add, trace=trace)
    assert [rows.size(0) for rows in trace] == [3, 2]


def test_checkpointing_gives_the_same_gradient(plan_of, features, mix):
    plan = plan_of(MANY)
    x = features(plan).requires_grad_()
    plain = torch.autograd.grad(tree_reduce(x, plan, mix).sum(), x)
    again = torch.autograd.grad(tree_reduce(x, plan, mix, checkpoint_levels=True).sum(), x)
    torch.testing.assert_close(again, plain, atol=0, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_gradient(plan_of, features, mix):
    plan = plan_of([0, 1, 2, 5])
    x = features(plan).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: tree_reduce(x, plan, mix), x)
    assert torch.autograd.gradgradcheck(lambda x: tree_reduce(x, plan, mix), x)


class Names(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.names = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.names.add(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


def test_backward_gathers_and_never_scatters(plan_of, features, mix):
    plan = plan_of(MANY)
    x = features(plan).requires_grad_()
    loss = tree_reduce(x, plan, mix).sum()
    with Names() as seen:
        loss.backward()
    assert "index_select" in seen.names
    assert not {n for n in seen.names if "scatter" in n or n.startswith(("index_add", "index_put"))}


def test_deterministic(assert_deterministic, plan_of, mix, features):
    plan = plan_of(MANY)
    x = features(plan).requires_grad_()

    def run():
        out = tree_reduce(x, plan_of(MANY), mix)
        return out, *torch.autograd.grad(out.square().sum(), x)

    assert_deterministic(run)


def test_nothing_is_padded(plan_of):
    sizes = [4096, *[1] * 10_000]
    plan = plan_of(sizes)
    x = torch.randn(plan.num_elements, 8, requires_grad=True)
    peak = peak_memory(lambda: tree_reduce(x, plan, torch.maximum).sum().backward())
    assert peak < 10 * x.numel() * x.element_size()


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: TreePlan.from_ptr(torch.tensor([0, 3, 2])), r"'ptr' must not decrease \(got 3 at"),
        (lambda: TreePlan.from_ptr(torch.tensor([1, 3])), r"'ptr' must start at 0 \(got 1\)"),
        (lambda: TreePlan.from_ptr(torch.tensor([])), r"'ptr' must be a non-empty vector"),
        (lambda: TreePlan.from_index(torch.tensor([0, -2])), r"must not be negative \(got -2\)"),
        (lambda: TreePlan.from_index(torch.tensor([0, 5]), 3), r"at least 6 .* \(got 3\)"),
        (lambda: TreePlan.from_index(torch.tensor([0.5])), r"must hold integers \(got torch.float"),
        (lambda: TreePlan.from_index(torch.zeros(2, 2).long()), r"a vector \(got shape \[2, 2\]"),
        (lambda: tree_reduce(torch.ones(3), TWO, torch.add), r"'x' must have 2 rows"),
        (
            lambda: tree_reduce(torch.ones(4, 3), FOUR, lambda a, b: (a + b)[:, :2]),
            r"'op' must return the shape of its operands, \[2, 3\] \(got \[2, 2\]\)",
        ),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.slow
def test_compiles_without_a_graph_break(plan_of, mix, features):
    torch._dynamo.reset()
    compiled = torch.compile(
        lambda x, plan: tree_reduce(x, plan, mix), fullgraph=True, backend="aot_eager"
    )
    for sizes in ([3, 0, 5, 1, 2], [9, 2]):
        plan = plan_of(sizes)
        x = features(plan).requires_grad_()
        out, expected = compiled(x, plan), tree_reduce(x, plan, mix)
        torch.testing.assert_close(out, expected)
        torch.testing.assert_close(
            torch.autograd.grad(out.sum(), x), torch.autograd.grad(expected.sum(), x)
        )
