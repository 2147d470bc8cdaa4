import pytest
import torch

from pyg_symm.utils import (
    check_batch,
    check_index,
    check_ptr,
    gather_segments,
    index_to_ptr,
    ptr_to_index,
    random_order,
)

INDEX = torch.tensor([0, 0, 0, 2, 2, 3, 3, 3, 3])


def test_number_of_sets():
    assert check_index(torch.tensor([2, 0, 2])) == 3
    assert check_index(torch.tensor([2, 0, 2]), dim_size=5) == 5
    assert check_index(torch.tensor([], dtype=torch.long)) == 0
    assert check_index(torch.tensor([], dtype=torch.long), dim_size=4) == 4
    assert check_index(torch.tensor([1, 0], dtype=torch.int32)) == 2


@pytest.mark.parametrize(
    "index, dim_size, message",
    [
        (torch.tensor([[0, 1]]), None, r"'index' must be a vector \(got shape \[1, 2\]\)"),
        (torch.tensor([0.0]), None, r"'index' must hold integers \(got torch.float32\)"),
        (torch.tensor([True]), None, r"'index' must hold integers \(got torch.bool\)"),
        (torch.tensor([0, -3]), None, r"'index' must not be negative \(got -3\)"),
        (torch.tensor([0, 7]), 5, r"'dim_size' must be at least 8 to hold 'index' \(got 5\)"),
        (torch.tensor([0]), -1, r"'dim_size' must not be negative \(got -1\)"),
    ],
)
def test_wrong_index(index, dim_size, message):
    with pytest.raises(ValueError, match=message):
        check_index(index, dim_size)


def test_errors_use_the_names_of_the_caller():
    with pytest.raises(ValueError, match="'batch_size' must be at least 3 to hold 'batch' .got 2"):
        check_index(torch.tensor([0, 2]), 2, "batch", "batch_size")


@pytest.mark.parametrize(
    "ptr, sizes, message",
    [
        ([[0, 1]], {}, r"'ptr' must be a non-empty vector \(got shape \[1, 2\]\)"),
        ([], {}, r"'ptr' must be a non-empty vector \(got shape \[0\]\)"),
        ([0.0, 1.0], {}, r"'ptr' must hold integers"),
        ([1, 2], {}, r"'ptr' must start at 0 \(got 1\)"),
        ([0, 3, 2, 4], {}, r"'ptr' must not decrease \(got 3 at 1, then 2\)"),
        ([0, 3], {"num_elements": 4}, r"'ptr' ends at 3, but there are 4 elements"),
        ([0, 3], {"dim_size": 2}, r"'ptr' describes 1 sets, but 'dim_size' is 2"),
    ],
)
def test_wrong_ptr(ptr, sizes, message):
    with pytest.raises(ValueError, match=message):
        check_ptr(torch.tensor(ptr), **sizes)


def test_every_node_has_a_graph():
    check_batch(None, 3)
    check_batch(torch.tensor([1, 0, 1]), 3)
    with pytest.raises(ValueError, match=r"'batch' must have shape \[4\] \(got \[3\]\)"):
        check_batch(torch.tensor([0, 0, 1]), 4)
    for wrong in (torch.zeros(3), torch.zeros(3).bool(), torch.zeros(3).cfloat()):
        with pytest.raises(ValueError, match=f"'batch' must hold integers .got {wrong.dtype}"):
            check_batch(wrong, 3)


def test_right_ptr():
    check_ptr(torch.tensor([0]), num_elements=0, dim_size=0)
    check_ptr(torch.tensor([0, 0, 3, 3], dtype=torch.int32), num_elements=3, dim_size=3)


@pytest.mark.parametrize("dtype", [torch.long, torch.int32])
@pytest.mark.parametrize("sizes", [[], [0], [4], [0, 3, 0, 0, 1, 2, 0]])
def test_there_and_back(sizes, dtype):
    sizes = torch.tensor(sizes, dtype=torch.long)
    index = torch.arange(sizes.numel()).repeat_interleave(sizes)
    ptr = index_to_ptr(index.to(dtype), sizes.numel())
    assert ptr.tolist() == [0, *sizes.cumsum(0).tolist()]
    for num_elements in (None, index.numel()):
        assert torch.equal(ptr_to_index(ptr, num_elements), index)


def test_unsorted_index_has_the_same_boundaries():
    index = torch.tensor([3, 0, 3, 1, 1, 3])
    assert torch.equal(index_to_ptr(index, 5), index_to_ptr(index.sort().values, 5))


@pytest.mark.parametrize("index", [[], [4], [1, 1], [5, 0, 2, 2, 1, 5]])
def test_segments_one_behind_the_other(index):
    ptr = torch.tensor([0, 2, 2, 5, 5, 5, 9])
    owner, position = gather_segments(ptr, torch.tensor(index, dtype=torch.long))
    parts = [range(int(ptr[s]), int(ptr[s + 1])) for s in index]
    assert position.tolist() == [p for part in parts for p in part]
    assert owner.tolist() == [k for k, part in enumerate(parts) for _ in part]


def test_random_order_stays_inside_the_sets():
    for seed in range(20):
        order = random_order(INDEX, torch.Generator().manual_seed(seed))
        assert torch.equal(INDEX[order], INDEX)
        assert torch.equal(order.sort().values, torch.arange(INDEX.numel()))


def test_random_order_is_uniform():
    generator = torch.Generator().manual_seed(0)
    index = torch.zeros(3, dtype=torch.long)
    counts: dict[tuple, int] = {}
    for _ in range(3000):
        order = tuple(random_order(index, generator).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert max(abs(n - 500) for n in counts.values()) < 5 * 500**0.5


def test_random_order_of_many_sets_keeps_to_the_sets():
    # The last set's number plus a fraction must not round up to the next.
    index = torch.arange(3_000_000).repeat_interleave(2)
    order = random_order(index)
    assert torch.equal(index[order], index)


def test_random_order_of_nothing():
    assert random_order(torch.empty(0, dtype=torch.long)).numel() == 0
