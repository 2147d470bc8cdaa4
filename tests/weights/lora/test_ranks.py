import pytest
import torch

from pyg_symm.weights.lora import Adapter, svd_merge
from pyg_symm.weights.lora.ranks import rank_of
from pyg_symm.weights.lora.units import pools


def test_the_largest_rank_is_the_default(make):
    pool = pools([make(0, rank=3), make(1, rank=4)])["q"]
    assert rank_of(None, "q", pool) == 4
    assert rank_of(7, "q", pool) == 7
    assert rank_of({"q": 2}, "q", pool) == 2


@pytest.mark.parametrize("rank", [0, -1, 8, 1.0, 1.5, 0.0, True, "4"])
def test_bad_ranks_name_the_module_and_the_limit(make, rank):
    pool = pools([make(0, rank=3), make(1, rank=4)])["q"]
    with pytest.raises(ValueError, match=f"'rank' of 'q' .* from 1 to 7.*got {rank!r}"):
        rank_of(rank, "q", pool)


def test_every_module_needs_a_rank(make):
    with pytest.raises(ValueError, match="'rank' must have an entry for 'up'"):
        svd_merge([make(0)], {"q": 2})


def test_ranks_by_energy():
    values = torch.tensor([3.0, 2.0, 1.0, 0.5], dtype=torch.double)  # Energies 9, 4, 1, 0.25.
    pool = pools([Adapter({"q": (torch.eye(4).double(), values.diag(), 1.0)})])["q"]
    shares = {0.5: 1, 9 / 14.25 + 1e-6: 2, 0.9: 2, 0.95: 3, 0.999: 4}
    assert {share: rank_of(share, "q", pool) for share in shares} == shares


def test_energy_of_nothing(make):
    zero = Adapter({"q": (torch.ones(2, 3), torch.zeros(4, 2), 1.0)})
    assert svd_merge([zero], 0.9).rank("q") == 1
