import pytest
import torch

from pyg_symm.utils import check_index, check_ptr, index_to_ptr, ptr_to_index


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
