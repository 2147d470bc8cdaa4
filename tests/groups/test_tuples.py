import pytest
import torch

from pyg_symm.groups import broadcast, contract, matmul
from pyg_symm.utils import TuplePlan

pytestmark = pytest.mark.usefixtures("float64")

SIZES = [3, 0, 1, 4, 3, 1, 2]


def plan_of(sizes):
    return TuplePlan.from_ptr(torch.tensor([0, *sizes]).cumsum(0))


def matrices(x, sizes):
    """Pair features of each set as [m, m, F]."""
    parts = x.split([m * m for m in sizes])
    return [part.view(m, m, *x.shape[1:]) for part, m in zip(parts, sizes, strict=True)]


@pytest.mark.parametrize("mean", [True, False])
def test_contraction_set_by_set(mean):
    plan = plan_of(SIZES)
    x0, x1 = torch.randn(len(SIZES), 2), torch.randn(plan.num_nodes, 3)
    x2 = torch.randn(plan.num_pairs, 4)
    nodes, sets = contract((x0, x1, x2), plan, mean)
    per_node, per_set = [], []
    for zero, one, two in zip(x0, x1.split(SIZES), matrices(x2, SIZES), strict=True):
        scale = 1 / max(len(one), 1) if mean else 1
        diagonal, row, col = two.diagonal().t(), two.sum(1) * scale, two.sum(0) * scale
        per_node.append(torch.cat([diagonal, row, one, col], dim=-1))
        pooled = [part.sum(0) * scale for part in (diagonal, row, one)]
        per_set.append(torch.cat([*pooled, zero]))
    torch.testing.assert_close(nodes, torch.cat(per_node))
    torch.testing.assert_close(sets, torch.stack(per_set))


def test_contraction_of_single_orders():
    plan = plan_of(SIZES)
    x0, x1 = torch.randn(len(SIZES), 2), torch.randn(plan.num_nodes, 3)
    assert contract((x0, None, None), plan) == (None, x0)
    nodes, sets = contract((None, x1, None), plan)
    assert torch.equal(nodes, x1)
    expected = [part.mean(0) if len(part) > 0 else torch.zeros(3) for part in x1.split(SIZES)]
    torch.testing.assert_close(sets, torch.stack(expected))


@pytest.mark.parametrize("with_pairs", [True, False])
def test_broadcast_term_by_term(with_pairs):
    plan = plan_of(SIZES)
    pairs = torch.randn(plan.num_pairs, 6) if with_pairs else None
    nodes = torch.randn(plan.num_nodes, 9)
    row, diagonal, col = nodes.chunk(3, dim=-1)
    i, j = plan.rows.index, plan.cols.index
    expected = row[i] + col[j] + (i == j).view(-1, 1) * diagonal[i]
    if with_pairs:
        swapped = torch.cat([x.transpose(0, 1).flatten(0, 1) for x in matrices(pairs, SIZES)])
        expected = expected + pairs[:, :3] + swapped[:, 3:]
    torch.testing.assert_close(broadcast(pairs, *nodes.split(3, dim=-1), plan), expected)


def test_broadcast_differentiates_twice():
    plan = plan_of([2, 0, 1])
    pairs = torch.randn(plan.num_pairs, 2, requires_grad=True)
    nodes = torch.randn(plan.num_nodes, 3, requires_grad=True)

    def squared(pairs, nodes):
        return broadcast(pairs, *nodes.split(1, dim=-1), plan) ** 2

    assert torch.autograd.gradcheck(squared, (pairs, nodes))
    assert torch.autograd.gradgradcheck(squared, (pairs, nodes))


@pytest.mark.parametrize("mean", [True, False])
@pytest.mark.parametrize("sizes", [[], [0, 0], [1], [5], SIZES], ids=str)
def test_product_equals_that_of_each_set(sizes, mean):
    plan = plan_of(sizes)
    a, b = (torch.randn(plan.num_pairs, 3, requires_grad=True) for _ in range(2))
    out = matmul(a, b, plan, mean)
    expected = torch.cat(
        [(a * b)[:0]]
        + [
            torch.einsum("ilf,ljf->ijf", left, right).flatten(0, 1) / (max(m, 1) if mean else 1)
            for m, left, right in zip(sizes, matrices(a, sizes), matrices(b, sizes), strict=True)
        ]
    )
    torch.testing.assert_close(out, expected)
    grad = torch.randn_like(out)
    torch.testing.assert_close(
        torch.autograd.grad(out, (a, b), grad), torch.autograd.grad(expected, (a, b), grad)
    )


def test_product_differentiates_twice():
    plan = plan_of([2, 1])
    a, b = (torch.randn(plan.num_pairs, 1, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(lambda a, b: matmul(a, b, plan), (a, b))
    assert torch.autograd.gradgradcheck(lambda a, b: matmul(a, b, plan), (a, b))


def test_transposes_multiply_in_the_other_order():
    plan = plan_of(SIZES)
    a, b = torch.randn(2, plan.num_pairs, 3)
    swap = plan.transpose
    torch.testing.assert_close(swap(matmul(a, b, plan)), matmul(swap(b), swap(a), plan))
