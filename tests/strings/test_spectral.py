import pytest
import torch

from pyg_symm.strings import spectral
from pyg_symm.strings.spectral import (
    Blocks,
    block_length,
    correlate,
    count_correlated,
    num_blocks,
)

ONES = (lambda numbers, dtype: (numbers >= 0).to(dtype),) * 2


@pytest.mark.parametrize("n, m", [(1, 1), (10, 10), (1000, 7), (5000, 300)])
def test_correlations(n, m):
    generator = torch.Generator().manual_seed(0)
    text, pattern = (torch.randint(9, (2, size), generator=generator) for size in (n, m))
    values = (lambda numbers, dtype: numbers.clamp(min=0).to(dtype),) * 2
    found = correlate(text, pattern, [values, ONES], torch.float64)
    windows = text.unfold(1, m, 1)
    expected = (windows * pattern.unsqueeze(1)).sum(dim=2) + m
    torch.testing.assert_close(found, expected.double())


def test_lengths_of_blocks():
    lengths = [block_length(10_000, m) for m in (1, 2, 3, 1024, 1025)]
    assert lengths == [4, 8, 16, 4096, 8192]
    # No longer than the text.
    assert block_length(60, 50) == 64 and num_blocks(60, 50) == 1
    blocks = Blocks(torch.zeros(1, 100, dtype=torch.long), 3)
    assert blocks.windows.shape == (1, 7, 16) and blocks.shifts == 98


def test_no_channels():
    text = torch.zeros(2, 10, dtype=torch.long)
    assert count_correlated(text, text[:, :3], []).tolist() == [[0] * 8] * 2


def test_double_precision_takes_over(monkeypatch):
    """Where single precision is too far from whole numbers."""
    used = []
    real = correlate

    def broken(text, pattern, channels, dtype=torch.float32):
        used.append(dtype)
        found = real(text, pattern, channels, dtype)
        return found + 0.3 if dtype == torch.float32 else found

    monkeypatch.setattr(spectral, "correlate", broken)
    text = torch.zeros(1, 50, dtype=torch.long)
    assert count_correlated(text, text[:, :9], [ONES]).tolist() == [[9] * 42]
    assert used == [torch.float32, torch.float64]


@pytest.mark.slow
def test_a_pattern_of_a_million_equal_letters():
    text = torch.zeros(1, 2**20 + 5, dtype=torch.long)
    found = count_correlated(text, text[:, : 2**20], [ONES])
    assert found.tolist() == [[2**20] * 6]


def test_memory_does_not_depend_on_the_number_of_letters(monkeypatch):
    monkeypatch.setattr(spectral, "_BYTES", 1000)
    text = torch.arange(3000).view(1, -1) % 5
    channels = [spectral.letter_channel(i) for i in range(5)]
    found = count_correlated(text, text[:, :20], channels)
    assert found[0, :10].tolist() == [20, 0, 0, 0, 0] * 2
