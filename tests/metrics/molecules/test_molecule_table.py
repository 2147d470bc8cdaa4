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


@pytest.mark.parametrize(
    "outputs, train, unique, novel",
    [
        (["[H]/N=C(\\N)c1ccccc1"], ["N=C(N)c1ccccc1"], 1, 0),
        (["[H]/N=C/C", "[H]/N=C\\C", "N=CC"], ["CC=N"], 1 / 3, 0),
        (["[2H]C", "C"], ["C"], 1 / 2, 0),
        (["[2H]O[2H]", "O"], ["O"], 1 / 2, 0),
        (["[CH3:1][OH:2]", "CO"], ["CO"], 1 / 2, 0),
        (["C", "O"], ["[2H]C"], 1, 1 / 2),
    ],
)
def test_a_molecule_is_the_same_however_it_is_written(outputs, train, unique, novel):
    table = molecule_table(outputs, train)
    assert (table["valid"], table["unique"], table["novel"]) == (1, unique, novel)


@pytest.mark.parametrize("outputs", [[], [None, "", "C1CC"]])
def test_nothing_valid(outputs):
    zero = {"valid": 0.0, "unique": 0.0, "novel": 0.0, "VUN": 0.0}
    assert molecule_table(outputs, []) == {"n": len(outputs), **zero}
    assert "novel" not in molecule_table(outputs)
