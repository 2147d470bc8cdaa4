import torch

from pyg_symm.strings.letters import number_letters


def test_letters_of_patterns_are_numbered():
    letters = number_letters(torch.tensor([2**40, 5, -7, 9]), torch.tensor([9, -7]), wildcard=5)
    assert letters.text.tolist() == [[-1, -2, 0, 1]] and letters.pattern.tolist() == [[1, 0]]
    assert letters.num_letters == 2 and letters.shape == () and letters.num_shifts == 3
    assert letters.frequencies(letters.text).tolist() == [[1, 1]]
