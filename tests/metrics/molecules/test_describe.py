import numpy as np
import pytest

from pyg_symm.chem import MoleculeFilter, parse_smiles
from pyg_symm.chem.descriptors import descriptors, fingerprint
from pyg_symm.metrics.molecules.describe import Describe


def test_all_of_one_molecule():
    found = Describe(MoleculeFilter(["S"]))("O(C)c1ccc2ccccc2c1")
    mol, _ = parse_smiles(found.smiles)
    assert found.smiles == found.flat == "COc1ccc2ccccc2c1"
    assert found.scaffold == "c1ccc2ccccc2c1" and found.num_pieces == 1 and found.passes is True
    assert sorted(found.fragments) == ["[16*]c1ccc2ccccc2c1", "[3*]OC"]
    assert found.values == descriptors(mol)
    np.testing.assert_array_equal(found.bits, fingerprint(mol))


def test_nothing_depends_on_how_it_is_written(nci):
    for smiles in nci[:40]:
        one = Describe()(smiles)
        if isinstance(one, str):
            continue
        other = Describe()(one.smiles)
        for name, value in one._asdict().items():
            np.testing.assert_array_equal(value, getattr(other, name), err_msg=f"{smiles} {name}")


@pytest.mark.parametrize(
    "smiles, reason",
    [("C1CC", "syntax"), ("c1cccc1", "kekulization"), ("", "empty"), (None, "unknown")],
)
def test_reasons(smiles, reason):
    assert Describe()(smiles) == reason


@pytest.mark.parametrize(
    "smiles, flat, num_pieces",
    [
        ("C[C@H](N)C(=O)O.Cl", "CC(N)C(=O)O.Cl", 2),
        ("[2H]C", "C", 1),
        ("F/C=C/F", "FC=CF", 1),
        ("c1cc[nH]c1", "c1cc[nH]c1", 1),
    ],
)
def test_flat(smiles, flat, num_pieces):
    found = Describe()(smiles)
    assert (found.flat, found.num_pieces) == (flat, num_pieces)
