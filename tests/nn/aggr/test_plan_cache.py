import gc

import pytest
import torch

from pyg_symm.nn import LCMAggregation
from pyg_symm.nn.aggr import cached_plan
from pyg_symm.nn.aggr.plan_cache import _plans, build_plan


def index():
    return torch.tensor([0, 0, 2, 2, 2])


def test_same_memory_same_plan():
    one = index()
    plan = cached_plan(one)
    assert cached_plan(one) is plan
    assert cached_plan(one[:]) is plan  # A view of the same memory,
    assert cached_plan(one.view(-1)) is plan
    assert cached_plan(index()) is not plan  # not equal values elsewhere.


def test_questions_are_kept_apart():
    edge_index = torch.tensor([[0, 0, 1], [1, 1, 1]])
    assert cached_plan(edge_index[0]).num_sets == 2
    assert cached_plan(edge_index[1]).ptr.tolist() == [0, 0, 3]
    assert cached_plan(edge_index[0, :2]).num_elements == 2
    assert cached_plan(edge_index.view(-1)[::2]).ptr.tolist() == [0, 1, 3]
    assert cached_plan(edge_index[0], dim_size=4).num_sets == 4
    numbers = torch.tensor([0, 1, 3])
    assert cached_plan(None, ptr=numbers).num_elements == 3
    assert cached_plan(numbers).num_sets == 4
    assert cached_plan(numbers, ptr=numbers).num_sets == 2  # As in a layer, `ptr` wins.


def test_never_stale_after_writing_in_place():
    one = index()
    before = cached_plan(one)
    one[0] = 1
    after = cached_plan(one)
    assert after is not before
    assert after.ptr.tolist() == build_plan(one).ptr.tolist() == [0, 1, 2, 5]
    one.copy_(torch.tensor([3, 3, 3, 3, 3]))
    assert cached_plan(one).ptr.tolist() == [0, 0, 0, 0, 5]


def test_dropped_with_its_memory():
    gc.collect()
    before = len(_plans)
    one = index()
    view = one[1:]
    cached_plan(one)
    assert len(_plans) == before + 1
    del one
    gc.collect()
    assert len(_plans) == before + 1  # The view keeps the memory alive.
    del view
    gc.collect()
    assert len(_plans) == before


def test_memory_used_again_is_not_mistaken():
    for size in range(2, 200):  # The allocator gives the same addresses again and again.
        one = torch.full((size,), size % 3)
        assert cached_plan(one).ptr[-1] == size
        assert cached_plan(one).num_sets == size % 3 + 1


def test_inference_tensors_are_planned_anew():
    with torch.inference_mode():
        one = index()
        assert cached_plan(one) is not cached_plan(one)


def test_shared_between_layers(monkeypatch):
    built = []

    def count(*args):
        built.append(args)
        return build_plan(*args)

    monkeypatch.setattr("pyg_symm.nn.aggr.plan_cache.build_plan", count)
    x, one = torch.randn(5, 4), index()
    layers = [LCMAggregation(4, 4, op=op, cached=True) for op in ("gru", "lse")]
    for _ in range(3):
        for layer in layers:
            layer(x, one, dim_size=3)
    assert len(built) == 1


def test_layer_without_cache():
    x, one = torch.randn(5, 4), index()
    before = len(_plans)
    LCMAggregation(4, 4)(x, one)
    assert len(_plans) == before


@pytest.mark.parametrize("plan", [cached_plan, build_plan])
def test_nothing_given(plan):
    with pytest.raises(ValueError, match="'index' and 'ptr'"):
        plan(None)


def test_writing_in_place_leaves_no_old_plans():
    one = index()
    cached_plan(one)
    before = len(_plans)
    for i in range(20):
        one.copy_(torch.full((5,), i % 3))
        assert cached_plan(one).num_sets == i % 3 + 1
    assert len(_plans) == before


def test_made_in_inference_mode_trains_afterwards():
    one, x = index(), torch.randn(5, 8)
    aggr = LCMAggregation(8, 8, cached=True)
    with torch.inference_mode():
        aggr(x, one)
    gradients = []
    for cached in (True, False):
        aggr.cached = cached
        aggr.zero_grad()
        aggr(x, one).sum().backward()
        gradients.append([p.grad.clone() for p in aggr.parameters()])
    for ours, expected in zip(*gradients, strict=True):
        assert torch.equal(ours, expected)


def test_writes_that_are_not_counted_are_not_noticed():
    # What the docstring says of NumPy: the price of not reading the memory.
    array = index().numpy()
    one = torch.from_numpy(array)
    before = cached_plan(one)
    array[0] = 1
    assert cached_plan(one) is before
    one[0] = 1  # A write that is counted.
    assert cached_plan(one).ptr.tolist() == [0, 1, 2, 5]
