import numpy as np
import pytest

from pyg_symm.chem import MoleculeError
from pyg_symm.chem.skeleton import skeleton


def test_order_of_the_smiles():
    atoms = skeleton("N#CC(F)O")
    assert atoms.numbers.tolist() == [7, 6, 6, 9, 8]
    assert atoms.hydrogens.tolist() == [0, 0, 1, 0, 1]
    assert atoms.bonds.tolist() == [[0, 1], [1, 2], [2, 3], [2, 4]]
    assert atoms.orders.tolist() == [3, 1, 1, 1]


def test_rings_keep_their_bonds():
    for smiles in ("C1=CNC=C1", "C1C=CNC=1"):
        assert sorted(skeleton(smiles).orders.tolist()) == [1, 1, 1, 2, 2]
    assert sorted(skeleton("c1ccncc1").orders.tolist()) == [1.5] * 6
    assert skeleton("C1=CNC=C1").smiles == skeleton("C1=CC=CN1").smiles


def test_charges_and_single_atoms():
    assert skeleton("[NH3+]CC([O-])=O").hydrogens.tolist() == [3, 2, 0, 0, 0]
    alone = skeleton("O")
    assert alone.bonds.shape == (0, 2) and alone.smiles == "[H]O[H]"
    assert alone.orders.shape == (0,) and np.array_equal(alone.hydrogens, [2])


@pytest.mark.parametrize("smiles, reason", [("C1CC", "syntax"), ("", "empty")])
def test_refused(smiles, reason, capfd):
    with pytest.raises(MoleculeError) as error:
        skeleton(smiles)
    assert error.value.reason == reason and capfd.readouterr().err == ""
