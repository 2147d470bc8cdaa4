import pytest
import torch

from pyg_symm.datasets import GaussianMixtureSubsets, KeyedSubsets, TwoMoonsSubsets
from pyg_symm.datasets.subset_sets import random_subsets

ALL = [TwoMoonsSubsets, GaussianMixtureSubsets, KeyedSubsets]


@pytest.mark.parametrize("dataset", ALL)
def test_splits_are_functions_of_the_seed(dataset):
    one, again = dataset(num_sets=3), dataset(num_sets=3)
    assert len(one) == 3 and one[0].y.dtype == torch.bool
    assert torch.equal(one.x, again.x) and torch.equal(one.y, again.y)
    for other in (dataset("val", 3), dataset("test", 3), dataset(num_sets=3, seed=1)):
        assert not torch.equal(one.x, other.x)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"split": "valid"}, "'split' must be one of"),
        ({"num_sets": 0}, "'num_sets' must be an integer of 1 or more"),
        ({"num_sets": 1.5}, "'num_sets' must be an integer of 1 or more .got 1.5"),
        ({"k": 2.5}, "'k' must be in 1..99, below 'size' .got 2.5"),
        ({"size": 10.0, "k": 2}, "'size' must be an integer of 2 or more .got 10.0"),
        ({"seed": -1}, "'seed' must be an integer of 0 or more"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        TwoMoonsSubsets(**kwargs)


def test_all_subsets_are_equally_likely():
    y = random_subsets(6000, 4, 2, torch.Generator().manual_seed(0))
    assert bool((y.sum(dim=1) == 2).all())
    counts = torch.bincount((y * torch.tensor([1, 2, 4, 8])).sum(dim=1))
    counts = counts[counts > 0]
    assert len(counts) == 6 and bool(((counts - 1000).abs() < 120).all())
