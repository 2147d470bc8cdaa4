import torch

from pyg_symm.strings.brute import BLOCK, brute_distances
from pyg_symm.strings.letters import number_letters


def test_long_texts_and_patterns():
    """More places than a block, and more letters than a byte counts."""
    generator = torch.Generator().manual_seed(0)
    text = torch.randint(3, (BLOCK + 700,), generator=generator)
    pattern = torch.randint(3, (600,), generator=generator)
    found = brute_distances(number_letters(text, pattern))[0]
    assert len(found) == BLOCK + 101
    for place in (0, BLOCK - 1, BLOCK, BLOCK + 100):
        assert found[place] == (text[place : place + 600] != pattern).sum()


def test_many_letters():
    text = torch.arange(70_000)
    found = brute_distances(number_letters(text, text[100:40_100]))[0]
    assert found[100] == 0 and found[0] == 40_000
