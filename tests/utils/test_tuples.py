import pytest
import torch

from pyg_symm.utils import TuplePlan

SIZES = [[], [0], [1], [0, 0], [3], [1, 1, 1], [2, 0, 3, 1, 0], [7, 1, 0, 4, 4, 2, 7, 1]]
of_sizes = pytest.mark.parametrize("sizes", SIZES, ids=str)


def plan_of(sizes):
    return TuplePlan.from_ptr(torch.tensor([0, *sizes]).cumsum(0))


def listed(sizes):
    """All pairs (i, j) by hand, set by set and row by row."""
    starts = [sum(sizes[:s]) for s in range(len(sizes))]
    return [
        (start + i, start + j)
        for start, m in zip(starts, sizes, strict=True)
        for i in range(m)
        for j in range(m)
    ]


@of_sizes
def test_equals_a_list_of_all_pairs(sizes):
    plan, pairs = plan_of(sizes), listed(sizes)
    assert list(zip(plan.rows.index.tolist(), plan.cols.index.tolist(), strict=True)) == pairs
    assert plan.num_pairs == len(pairs) == sum(m * m for m in sizes)
    assert (plan.num_sets, plan.num_nodes) == (len(sizes), sum(sizes))
    assert plan.sets.index.tolist() == [s for s, m in enumerate(sizes) for _ in range(m)]
    assert plan.sizes.tolist() == sizes
    assert plan.diagonal.rows.tolist() == [pairs.index((i, i)) for i in range(sum(sizes))]
    assert plan.diagonal.num_rows == len(pairs)


@of_sizes
@pytest.mark.parametrize("name", ["sets", "rows", "cols"])
def test_partitions_agree_with_themselves(sizes, name):
    partition = getattr(plan_of(sizes), name)
    assert torch.equal(partition.order, partition.index.argsort(stable=True))
    num_segments = partition.ptr.numel() - 1
    assert torch.equal(partition.counts, partition.index.bincount(minlength=num_segments))


@of_sizes
def test_transpose_swaps_both_nodes_and_undoes_itself(sizes):
    plan, pairs = plan_of(sizes), listed(sizes)
    position = torch.arange(len(pairs))
    swapped = plan.transpose(position).tolist()
    assert [pairs[p] for p in swapped] == [(j, i) for i, j in pairs]
    assert torch.equal(plan.transpose(plan.transpose(position)), position)


@of_sizes
def test_sets_of_one_size_come_together(sizes):
    plan = plan_of(sizes)
    regroup, groups = plan.by_size
    assert [(n, m) for n, m in groups] == [(sizes.count(m), m) for m in sorted(set(sizes)) if m > 0]
    position = regroup(torch.arange(plan.num_pairs))
    start = 0
    for count, m in groups:
        blocks = position[start : start + count * m * m].view(count, m * m)
        assert bool((blocks.diff(dim=1) == 1).all())  # Each set whole, its rows in order.
        owner = plan.sets.index[plan.rows.index[blocks[:, 0]]]
        assert owner.tolist() == [s for s, size in enumerate(sizes) if size == m]
        start += count * m * m
    assert start == plan.num_pairs
    assert torch.equal(regroup.inverse(position), torch.arange(plan.num_pairs))


@of_sizes
def test_pairs_of_the_same_two_nodes(sizes):
    plan = plan_of(sizes)
    node = torch.randint(5, (plan.num_nodes,), generator=torch.Generator().manual_seed(0))
    order, count = plan.group_pairs(node, num_nodes=5)
    expected = {}
    for p, (i, j) in enumerate(listed(sizes)):
        expected.setdefault((int(node[i]), int(node[j])), []).append(p)
    groups = order.split(count.tolist())
    assert [group.tolist() for group in groups if group.numel() > 0] == [
        expected[key] for key in sorted(expected)
    ]


def test_inverse_sizes_take_the_type_of_the_features():
    plan = plan_of([2, 0, 4])
    for dtype in (torch.float64, torch.bfloat16):
        out = plan.inverse_sizes(torch.empty(0, dtype=dtype))
        assert out.dtype == dtype and out.tolist() == [[0.5], [1.0], [0.25]]


def test_narrow_integers_give_the_same_plan():
    wide, narrow = (
        TuplePlan.from_ptr(torch.tensor([0, 2, 2, 5], dtype=dtype))
        for dtype in (torch.long, torch.int32)
    )
    for name in ("sets", "rows", "cols"):
        torch.testing.assert_close(vars(getattr(narrow, name)), vars(getattr(wide, name)))
    assert torch.equal(narrow.ptr, wide.ptr) and narrow.ptr.dtype == torch.long
    assert torch.equal(narrow.diagonal.rows, wide.diagonal.rows)


def test_plan_moves_between_devices():
    plan = plan_of([2, 0, 3]).to("meta")
    assert repr(plan) == repr(plan_of([2, 0, 3]))
    x = plan.transpose(torch.empty(plan.num_pairs, 4, device="meta"))
    assert plan.diagonal(x).shape == (5, 4)
    assert plan.sets.sum(plan.rows.sum(x) + plan.cols.sum(x)).shape == (3, 4)


@pytest.mark.parametrize(
    "ptr, message",
    [
        ([1, 3], r"'ptr' must start at 0 \(got 1\)"),
        ([0, 3, 2], r"'ptr' must not decrease \(got 3 at 1, then 2\)"),
        ([0.0, 1.0], r"'ptr' must hold integers \(got torch.float32\)"),
        ([], r"'ptr' must be a non-empty vector \(got shape \[0\]\)"),
    ],
)
def test_wrong_ptr(ptr, message):
    with pytest.raises(ValueError, match=message):
        TuplePlan.from_ptr(torch.tensor(ptr))
