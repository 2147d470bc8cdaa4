import pytest
import torch

from pyg_symm.chem.masses import MASSES, atomic_masses
from pyg_symm.chem.toolkit import rdkit


def test_masses_are_those_of_the_periodic_table():
    table = rdkit("Chem").GetPeriodicTable()
    expected = [table.GetAtomicWeight(z) for z in range(1, len(MASSES))]
    torch.testing.assert_close(atomic_masses(torch.arange(1, len(MASSES))).tolist(), expected)


@pytest.mark.parametrize("z", [0, 119])
def test_other_numbers_are_refused(z):
    with pytest.raises(ValueError, match=f"'z' must be in 1..118 .*{z}"):
        atomic_masses(torch.tensor([6, z]))
