import torch

from pyg_symm.strings.exact import exact_distances
from pyg_symm.strings.letters import number_letters
from pyg_symm.strings.plan import make_plan


def test_any_split_of_letters_gives_the_same():
    generator = torch.Generator().manual_seed(0)
    text, pattern = (torch.randint(4, (1, size), generator=generator) for size in (200, 15))
    letters = number_letters(text, pattern)
    expected = exact_distances(letters, make_plan(letters, "brute"))
    for bits in range(16):
        heavy = torch.tensor([bool(bits >> i & 1) for i in range(4)])[: letters.num_letters]
        plan = make_plan(letters, "hybrid")._replace(heavy=heavy, pairs=1)
        assert torch.equal(exact_distances(letters, plan), expected)
