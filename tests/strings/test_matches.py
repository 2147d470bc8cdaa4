import numpy as np
import pytest
import torch

from pyg_symm.strings import hamming_distances, hamming_matches


def test_matches_are_sorted():
    generator = torch.Generator().manual_seed(0)
    text, pattern = (torch.randint(3, (size,), generator=generator) for size in (500, 9))
    place, distance = hamming_matches(text, pattern, k=4)
    every = hamming_distances(text, pattern)
    assert torch.equal(place, (every <= 4).nonzero().view(-1))
    assert torch.equal(distance, every[place]) and 0 < len(place) < 492


def test_arrays_give_arrays():
    place, distance = hamming_matches(np.array([0, 1, 2, 0, 1, 1]), np.array([0, 1, 2]), k=1)
    assert isinstance(place, np.ndarray) and isinstance(distance, np.ndarray)
    assert place.tolist() == [0, 3] and distance.tolist() == [0, 1]


def test_no_matches():
    place, distance = hamming_matches(torch.zeros(9, dtype=int), torch.ones(3, dtype=int), k=2)
    assert place.shape == distance.shape == (0,)


def test_batches_are_refused():
    with pytest.raises(ValueError, match=r"'text' must be a vector \(got shape \[2, 9\]\)"):
        hamming_matches(torch.zeros(2, 9, dtype=int), torch.ones(3, dtype=int), k=2)


def test_a_distance_is_needed():
    with pytest.raises(ValueError, match=r"'k' must be an integer \(got None\)"):
        hamming_matches(torch.zeros(9, dtype=int), torch.ones(3, dtype=int), k=None)
