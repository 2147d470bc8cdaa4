import torch

from pyg_symm.strings.letters import number_letters


def test_letters_of_patterns_are_numbered():
    letters = number_letters(torch.tensor([2**40, 5, -7, 9]), torch.tensor([9, -7]), wildcard=5)
    assert letters.text.tolist() == [[-1, -2, 0, 1]] and letters.pattern.tolist() == [[1, 0]]
    assert letters.num_letters == 2 and letters.shape == () and letters.num_shifts == 3
    assert letters.frequencies(letters.text).tolist() == [[1, 1]]


def test_letters_far_apart_and_close():
    """Close ones are looked up, others searched: both give the same."""
    most = torch.iinfo(torch.long).max
    text = torch.tensor([-most - 1, 3, 7, most, 4, 5])
    close, far = torch.tensor([7, 3, 5]), torch.tensor([7, most, 3])
    assert number_letters(text, close).text.tolist() == [[-1, 0, 2, -1, -1, 1]]
    assert number_letters(text, far).text.tolist() == [[-1, 0, 1, 2, -1, -1]]
    assert number_letters(text, far[1:2]).text.tolist() == [[-1, -1, -1, 0, -1, -1]]
    assert number_letters(text, torch.tensor([-most - 1, most])).text[0, 3] == 1
    generator = torch.Generator().manual_seed(0)
    values = torch.randint(-50, 50, (200,), generator=generator)
    near, apart = (number_letters(values * a, values[:60] * a) for a in (1, 2**40))
    assert torch.equal(near.text, apart.text) and torch.equal(near.pattern, apart.pattern)
