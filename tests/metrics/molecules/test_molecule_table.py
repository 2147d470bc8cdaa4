import pytest

from pyg_symm.metrics import molecule_table
from pyg_symm.metrics.molecules.smiles import flat


def test_against_sets(nci):
    outputs = [*nci[:120], *nci[60:90], None, "C1CC"]
    train = nci[100:]
    table = molecule_table(outputs, train)
    valid = [flat(s) for s in outputs if flat(s)]
    new = set(valid) - {flat(s) for s in train}
    assert table["n"] == len(outputs)
    assert table["valid"] == len(valid) / len(outputs)
    assert table["unique"] == len(set(valid)) / len(valid) < 1
    assert table["novel"] == len(new) / len(set(valid)) < 1
    assert table["VUN"] == pytest.approx(table["valid"] * table["unique"] * table["novel"])
    assert table == molecule_table(outputs[::-1], train, workers=2)


def test_stereochemistry_makes_nothing_new():
    table = molecule_table(["F/C=C/F", "FC=CF"], train=["F/C=C\\F"])
    assert (table["unique"], table["novel"]) == (0.5, 0.0)


@pytest.mark.parametrize("outputs", [[], [None, "", "C1CC"]])
def test_nothing_valid(outputs):
    zero = {"valid": 0.0, "unique": 0.0, "novel": 0.0, "VUN": 0.0}
    assert molecule_table(outputs, []) == {"n": len(outputs), **zero}
    assert "novel" not in molecule_table(outputs)
