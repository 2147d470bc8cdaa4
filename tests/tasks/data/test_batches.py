import pytest
import torch

from pyg_symm.tasks import SizeBatches
from pyg_symm.tasks.data.batches import size_classes


def test_batches_hold_every_item_once_and_are_of_like_sizes():
    sizes = torch.randint(1, 30, (2000,), generator=torch.Generator().manual_seed(0))
    batches = list(SizeBatches(sizes, 16, torch.Generator(), lambda: 5))
    assert sorted(i for batch in batches for i in batch) == list(range(2000))
    assert len(batches) == len(SizeBatches(sizes, 16, torch.Generator(), lambda: 5)) == 125
    spread = torch.tensor([float(sizes[b].max() - sizes[b].min()) for b in batches]).mean()
    assert spread < 3
    assert batches == list(SizeBatches(sizes, 16, torch.Generator(), lambda: 5))
    assert batches != list(SizeBatches(sizes, 16, torch.Generator(), lambda: 6))


def test_large_graphs_come_in_smaller_batches():
    sizes = torch.randint(1, 60, (500,), generator=torch.Generator().manual_seed(0))
    made = SizeBatches(sizes, 32, torch.Generator(), lambda: 5, max_pairs=4000)
    batches = list(made)
    assert sorted(i for batch in batches for i in batch) == list(range(500))
    assert len(batches) == len(made)
    assert all(len(batch) * int(sizes[batch].max()) ** 2 <= 4000 for batch in batches)
    assert max(len(batch) for batch in batches) == 32


def test_a_graph_that_is_too_large_by_itself_is_a_batch():
    assert [index.tolist() for index, most in size_classes(torch.tensor([100, 2]), 8, 50)] == [
        [1],
        [0],
    ]
    assert size_classes(torch.tensor([100]), 8, 50)[0][1] == 1
    with pytest.raises(ValueError, match="'max_pairs' must be an integer of 1 or more .got 0"):
        size_classes(torch.tensor([3]), 8, 0)


def test_without_a_bound_batches_are_what_they_were():
    sizes = torch.randint(1, 30, (100,), generator=torch.Generator().manual_seed(0))
    plain = list(SizeBatches(sizes, 16, torch.Generator(), lambda: 5))
    assert plain == list(SizeBatches(sizes, 16, torch.Generator(), lambda: 5, max_pairs=10**6))
    assert plain[0][:3] == [5, 33, 88]


def test_batches_of_processes_are_disjoint_and_as_many():
    sizes = torch.randint(3, 9, (41,), generator=torch.Generator().manual_seed(0))
    parts = [
        list(SizeBatches(sizes, 4, torch.Generator(), lambda: 7, rank, 3)) for rank in range(3)
    ]
    assert [len(part) for part in parts] == [3, 3, 3]
    items = [i for part in parts for batch in part for i in batch]
    assert len(items) == len(set(items))
