import torch

from pyg_symm.strings import pairs
from pyg_symm.strings.letters import number_letters
from pyg_symm.strings.pairs import count_pairs


def test_some_letters_are_counted(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    text, pattern = (torch.randint(6, (2, size), generator=generator) for size in (80, 11))
    letters = number_letters(text, pattern)
    light = torch.tensor([True, False, True, True, False, False])[: letters.num_letters]
    same = letters.text.unfold(1, 11, 1) == letters.pattern.unsqueeze(1)
    counted = light[letters.pattern].unsqueeze(1)
    expected = (same & counted).sum(dim=2)
    assert torch.equal(count_pairs(letters, light), expected)
    monkeypatch.setattr(pairs, "CHUNK", 2)  # Less than the pairs of one letter.
    assert torch.equal(count_pairs(letters, light), expected)
    assert not count_pairs(letters, torch.zeros_like(light)).any()
