import numpy as np
import pytest
import torch

from pyg_symm.strings import hamming_distances
from pyg_symm.testing import peak_memory

METHODS = ["auto", "brute", "fft", "hybrid"]


def literal(text, pattern, wildcard=None):
    """Distances of one pattern, letter by letter."""
    out = []
    for i in range(len(text) - len(pattern) + 1):
        pairs = zip(text[i : i + len(pattern)], pattern, strict=True)
        out.append(sum(a != b and wildcard not in (a, b) for a, b in pairs))
    return out


def cases(num, seed=0):
    """Texts and patterns of all sizes and alphabets, also with a batch."""
    random = np.random.RandomState(seed)
    for _ in range(num):
        n = random.randint(1, 120)
        m = random.randint(1, n + 1)
        letters = random.choice([1, 2, 5, 100])
        rows = random.randint(1, 4)
        values = random.randint(-(2**40), 2**40, letters)
        text = torch.from_numpy(values[random.randint(letters, size=(rows, n))])
        pattern = torch.from_numpy(values[random.randint(letters, size=(rows, m))])
        yield text, pattern


@pytest.mark.parametrize("method", METHODS)
def test_equals_comparing_letters(method):
    for text, pattern in cases(60):
        found = hamming_distances(text, pattern, method=method)
        assert found.dtype == torch.long
        expected = [literal(*row) for row in zip(text.tolist(), pattern.tolist(), strict=True)]
        assert found.tolist() == expected


def test_methods_agree():
    for text, pattern in cases(240, seed=1):
        found = [hamming_distances(text, pattern, method=method) for method in METHODS]
        assert all(torch.equal(found[0], other) for other in found[1:])


@pytest.mark.slow
def test_methods_agree_on_a_long_text():
    generator = torch.Generator().manual_seed(0)
    text = torch.randint(64, (100_000,), generator=generator)
    pattern = torch.randint(64, (10_000,), generator=generator)
    brute = hamming_distances(text[:12_000], pattern, method="brute")
    for method in ("fft", "hybrid", "auto"):
        found = hamming_distances(text, pattern, method=method)
        assert torch.equal(found[: len(brute)], brute)
        assert found[50_000] == (text[50_000:60_000] != pattern).sum()


@pytest.mark.parametrize("letters, method", [(64, "fft"), (64, "brute"), (300, "hybrid")])
def test_memory_of_a_million_letters_is_bounded(letters, method):
    generator = torch.Generator().manual_seed(0)
    text, pattern = (torch.randint(letters, (n,), generator=generator) for n in (10**6, 1000))
    assert peak_memory(lambda: hamming_distances(text, pattern, method=method)) < 300e6


@pytest.mark.parametrize("method", METHODS)
def test_wildcards(method):
    for text, pattern in cases(40, seed=2):
        wild = int(text[0, 0])
        found = hamming_distances(text, pattern, method=method, wildcard=wild)
        expected = [
            literal(a, b, wild) for a, b in zip(text.tolist(), pattern.tolist(), strict=True)
        ]
        assert found.tolist() == expected
    ones = torch.ones(5, dtype=torch.long)
    assert hamming_distances(ones * 7, ones[:2] * 3, method=method, wildcard=3).tolist() == [0] * 4


@pytest.mark.parametrize("method", METHODS)
def test_known_distances(method):
    one = torch.zeros(50, dtype=torch.long)
    assert not hamming_distances(one, one[:9], method=method).any()
    assert bool((hamming_distances(one, one[:9] + 1, method=method) == 9).all())
    text = torch.arange(50) ** 2
    assert (hamming_distances(text, text[17:30], method=method) == 0).nonzero().tolist() == [[17]]


def test_symmetries():
    for text, pattern in cases(40, seed=3):
        found = hamming_distances(text, pattern)
        m = pattern.size(1)
        assert torch.equal(hamming_distances(3 * text - 5, 3 * pattern - 5), found)
        assert torch.equal(hamming_distances(text.flip(1), pattern.flip(1)), found.flip(1))
        if m < text.size(1):
            assert torch.equal(hamming_distances(text[:, 1:], pattern), found[:, 1:])
        assert bool((found >= 0).all()) and bool((found <= m).all())


def test_distances_of_equal_lengths_are_a_metric():
    words = torch.randint(3, (6, 20), generator=torch.Generator().manual_seed(0))
    apart = hamming_distances(words.unsqueeze(1), words).squeeze(-1)
    assert apart.shape == (6, 6) and torch.equal(apart, apart.T) and not apart.diagonal().any()
    assert bool((apart.unsqueeze(0) + apart.unsqueeze(2).mT >= 0).all())
    assert bool((apart.unsqueeze(1) <= apart.unsqueeze(2) + apart.unsqueeze(0)).all())


def test_leading_dimensions_and_types():
    text = torch.randint(4, (2, 1, 30), generator=torch.Generator().manual_seed(0))
    pattern = text[0, 0, :15].view(3, 5)
    found = hamming_distances(text, pattern)
    assert found.shape == (2, 3, 26)
    assert torch.equal(found[1, 2], hamming_distances(text[1, 0], pattern[2]))
    small = hamming_distances(text.to(torch.uint8), pattern.to(torch.int32))
    assert torch.equal(small, found)
    assert hamming_distances(text[0, 0] > 1, pattern[0] > 1).shape == (26,)
    for none in ((text[:0], pattern[:1]), (text, pattern[:0])):
        assert hamming_distances(*none).shape[-1] == 26 and hamming_distances(*none).numel() == 0
    array = hamming_distances(text.numpy(), pattern.numpy())
    assert isinstance(array, np.ndarray) and (array == found.numpy()).all()
    other_order = hamming_distances(text.numpy().astype(">i4"), pattern.numpy())
    assert isinstance(other_order, np.ndarray) and (other_order == array).all()
    fixed = text.numpy()
    fixed.setflags(write=False)
    assert (hamming_distances(fixed, pattern.numpy()) == array).all()


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        (
            (torch.ones(3, dtype=int), torch.ones(4, dtype=int)),
            {},
            r"longer than 'text', 3 \(got 4\)",
        ),
        ((torch.ones(3, dtype=int), torch.ones(0, dtype=int)), {}, "'pattern' must not be empty"),
        ((torch.ones(3), torch.ones(2, dtype=int)), {}, "'text' must hold integers"),
        ((torch.ones(3, dtype=int), torch.ones(2)), {}, "'pattern' must hold integers"),
        ((torch.tensor(3), torch.tensor(3)), {}, "'text' must have at least one dimension"),
        ((torch.ones(3, dtype=int),) * 2, {"k": -1}, r"'k' must not be negative \(got -1\)"),
        ((torch.ones(3, dtype=int),) * 2, {"k": 1.5}, r"'k' must be an integer \(got 1.5\)"),
        ((torch.ones(3, dtype=int),) * 2, {"method": "fast"}, "'method' must be one of"),
        ((torch.ones(3, dtype=int),) * 2, {"wildcard": 0.5}, r"'wildcard' .* integer \(got 0.5\)"),
        ((torch.ones(3, dtype=int),) * 2, {"wildcard": "?"}, r"'wildcard' .* integer \(got '\?'\)"),
        (
            (torch.ones(3, 5, dtype=int), torch.ones(2, 5, dtype=int)),
            {},
            r"dimensions of 'pattern' must broadcast with those of 'text', \[3\] \(got \[2\]\)",
        ),
        (("GATTACA", "ACA"), {}, r"'text' must hold integers \(got str\)"),
        ((np.array(["A", "C"]), np.array(["A"])), {}, r"'text' must hold integers \(got <U1\)"),
        ((np.array(3), np.array(3)), {}, "'text' must have at least one dimension"),
    ],
)
def test_bad_arguments(args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        hamming_distances(*args, **kwargs)
