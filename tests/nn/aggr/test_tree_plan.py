import math

import pytest
import torch

from pyg_symm.nn.aggr import TreePlan, tree_reduce
from pyg_symm.utils import ptr_to_index


def test_rows_and_calls_are_as_few_as_can_be(sizes, plan_of, features):
    plan = plan_of(sizes)
    rows = []

    def op(left, right):
        assert left.shape == right.shape and left.size(0) > 0
        rows.append(left.size(0))
        return left + right

    tree_reduce(features(plan), plan, op)
    assert sum(rows) == plan.num_pairs == sum(max(d - 1, 0) for d in sizes)
    depth = math.ceil(math.log2(max(sizes, default=0))) if max(sizes, default=0) > 0 else 0
    assert len(rows) == plan.num_levels == depth


def test_index_in_any_order_keeps_the_order_within_sets(plan_of, features, mix):
    sizes = list(range(71))
    plan = plan_of(sizes)
    x = features(plan)
    index = ptr_to_index(plan.ptr)
    # A shuffle; within each set, elements are then folded in the order in which they appear.
    mixed = (torch.arange(index.numel()) * 7919 % 101).argsort(stable=True)
    within = mixed[index[mixed].argsort(stable=True)]
    expected = tree_reduce(x[within], plan, mix)
    for dtype in (torch.long, torch.int32):
        plan = TreePlan.from_index(index[mixed].to(dtype), dim_size=len(sizes))
        torch.testing.assert_close(tree_reduce(x[mixed], plan, mix), expected)


def test_more_sets_than_index_names():
    plan = TreePlan.from_index(torch.tensor([1, 1]), dim_size=4)
    out = tree_reduce(torch.ones(2, 1), plan, torch.add, identity=-1.0)
    assert out.view(-1).tolist() == [-1, 2, -1, -1]


def test_reorder_folds_in_another_order(plan_of, features, mix):
    plan = plan_of([3, 2])
    x = features(plan)
    order = torch.tensor([2, 0, 1, 4, 3])
    out = tree_reduce(x, plan.reorder(order), mix)
    torch.testing.assert_close(out, tree_reduce(x[order], plan, mix))


def test_plan_moves_between_devices(plan_of):
    plan = plan_of([3, 0, 2]).to("meta")
    out = tree_reduce(torch.empty(5, 4, device="meta"), plan, torch.add)
    assert out.shape == (3, 4) and out.device.type == "meta"


def test_repr(plan_of):
    text = "TreePlan(num_sets=3, num_elements=5, num_levels=2, num_pairs=3)"
    assert str(plan_of([3, 0, 2])) == text


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"index": torch.zeros(4).long()}, "'index' has 4 elements, but 'plan' has 5"),
        ({"ptr": torch.tensor([0, 5])}, "'ptr' has 1 sets, but 'plan' has 2"),
        ({"dim_size": 9}, "'dim_size' is 9, but 'plan' has 2 sets"),
    ],
)
def test_other_descriptions_of_the_sets_are_compared(kwargs, message, plan_of):
    plan = plan_of([2, 3])
    plan.check(torch.zeros(5).long(), torch.tensor([0, 2, 5]), 2)
    with pytest.raises(ValueError, match=message):
        plan.check(**kwargs)
