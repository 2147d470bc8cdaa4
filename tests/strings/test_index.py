import numpy as np
import pytest
import torch

from pyg_symm.strings import HammingIndex, hamming_distances, index


@pytest.mark.parametrize("letters", [1, 3, 40, 3000])
@pytest.mark.parametrize("m", [1, 6, 500])
def test_equals_one_by_one(letters, m):
    generator = torch.Generator().manual_seed(0)
    text = torch.randint(letters, (3000,), generator=generator)
    found = HammingIndex(text)
    for _ in range(2):  # Also with what was kept.
        pattern = torch.randint(letters + 2, (4, m), generator=generator)
        expected = hamming_distances(text, pattern, method="brute")
        assert torch.equal(found.distances(pattern), expected)
        assert torch.equal(found.distances(pattern, k=3), expected.clamp(max=4))
        assert torch.equal(found.distances(pattern[0]), expected[0])


def test_transforms_are_kept(monkeypatch):
    text = torch.arange(20_000) % 2
    found, calls = HammingIndex(text), []
    of_text = index.Blocks.of_text
    monkeypatch.setattr(
        index.Blocks, "of_text", lambda self, f: calls.append(0) or of_text(self, f)
    )
    for _ in range(3):
        assert found.distances(text[:900])[0] == 0
    assert len(calls) == 2
    assert found.distances(text[1:800])[1] == 0 and len(calls) == 4


def test_arrays_give_arrays():
    text = np.array([3, 1, 3])
    found = HammingIndex(text).distances(text[:2])
    assert isinstance(found, np.ndarray) and found.tolist() == [0, 2]


def test_no_patterns():
    found = HammingIndex(torch.tensor([3, 1, 3])).distances(torch.zeros(0, 2, dtype=int))
    assert found.shape == (0, 2)


def test_double_precision_takes_over(monkeypatch):
    """Where single precision is too far from whole numbers."""
    text = torch.arange(5000) % 3
    pattern = torch.stack([text[:800], text[1:801]])
    monkeypatch.setattr(index, "whole_numbers", lambda found: None)
    expected = hamming_distances(text, pattern, method="brute")
    assert torch.equal(HammingIndex(text).distances(pattern), expected)


def test_repr_and_bad_arguments():
    found = HammingIndex(torch.tensor([3, 1, 3]))
    assert repr(found) == "HammingIndex(3, letters=2)"
    with pytest.raises(ValueError, match="'text' must be a vector"):
        HammingIndex(torch.zeros(2, 2, dtype=int))
    with pytest.raises(ValueError, match="'pattern' must not be longer than 'text'"):
        found.distances(torch.zeros(4, dtype=int))
    with pytest.raises(ValueError, match="'k' must not be negative"):
        found.distances(torch.zeros(2, dtype=int), k=-1)
