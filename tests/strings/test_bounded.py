import pytest
import torch

from pyg_symm.strings import hamming_distances
from pyg_symm.strings.bounded import _candidates, bounded_distances
from pyg_symm.strings.letters import number_letters
from pyg_symm.strings.plan import make_plan


def planted(seed, n=2000, m=100, letters=20, errors=4):
    generator = torch.Generator().manual_seed(seed)
    text, pattern = (torch.randint(letters, (size,), generator=generator) for size in (n, m))
    for place in (0, n // 2, n - m):
        text[place : place + m] = pattern
        wrong = torch.randperm(m, generator=generator)[: int(place > 0) * errors]
        text[place + wrong] = letters
    return text, pattern


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("k", [0, 1, 4, 5, 25, 100])
def test_equals_exact_distances(seed, k):
    text, pattern = planted(seed)
    expected = hamming_distances(text, pattern, method="brute").clamp(max=k + 1)
    assert torch.equal(hamming_distances(text, pattern, k=k), expected)


def test_no_place_is_missed():
    for seed in range(100):
        text, pattern = planted(seed, n=300, m=24, letters=3, errors=3)
        letters = number_letters(text, pattern)
        exact = hamming_distances(text, pattern, method="brute")
        for k in (0, 1, 3, 5):
            assert bool(_candidates(letters, k)[0][exact <= k].all())


def test_places_are_compared_one_by_one(monkeypatch):
    """Whatever the plan would cost."""
    text, pattern = planted(0)
    letters = number_letters(text.unsqueeze(0), pattern)
    plan = make_plan(letters)._replace(comparisons=10**15)
    expected = hamming_distances(text, pattern, method="brute").clamp(max=6)
    assert torch.equal(bounded_distances(letters, 5, plan)[0], expected)


@pytest.mark.parametrize("k", [0, 2, 10])
def test_periodic_texts(k):
    text = torch.arange(5000) % 3
    pattern = text[:300].clone()
    pattern[50] = 7
    expected = hamming_distances(text, pattern, method="brute").clamp(max=k + 1)
    assert torch.equal(hamming_distances(text, pattern, k=k), expected)


def test_batches():
    rows = [planted(seed) for seed in range(3)]
    text, pattern = (torch.stack(part) for part in zip(*rows, strict=True))
    found = hamming_distances(text, pattern, k=5)
    for i, (a, b) in enumerate(rows):
        assert torch.equal(found[i], hamming_distances(a, b, method="brute").clamp(max=6))
