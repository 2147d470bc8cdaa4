import numpy as np
import pytest

pytest.importorskip("rdkit")

from pyg_symm.datasets.qm9_table import read_molecules


@pytest.fixture
def read(tmp_path, qm9):
    def read(*parts, **kwargs):
        paths = [tmp_path / f"{i}.csv" for i in range(len(parts))]
        for path, rows in zip(paths, parts, strict=True):
            path.write_bytes(qm9.table(*rows))
        return list(read_molecules(paths, **kwargs))

    return read


def bonds(molecule):
    pairs = zip(molecule.bonds.tolist(), molecule.orders.tolist(), strict=True)
    return sorted((*pair, order) for pair, order in pairs)


def test_molecules(read, qm9):
    methane, water, cyanide = read(qm9.rows[:2], qm9.rows[2:])
    assert (methane.number, water.number, cyanide.number) == (1, 3, 5)
    assert methane.z.tolist() == [6, 1, 1, 1, 1]
    assert methane.pos[1].tolist() == [0.002150416, -0.0060313176, 0.0019761204]
    assert bonds(methane) == [(0, i, 1) for i in range(1, 5)]
    assert methane.properties.tolist()[:5] == [157.7118, 157.70997, 157.70699, 0.0, 13.21]
    assert methane.properties.tolist()[-5:] == [
        -40.47893,
        -40.476062,
        -40.475117,
        -40.498597,
        6.469,
    ]
    assert methane.smiles == "[H]C([H])([H])[H]"
    assert cyanide.z.tolist() == [6, 7, 1] and bonds(cyanide) == [(0, 1, 3), (0, 2, 1)]


def test_only_some(read, qm9):
    (cyanide,) = read(qm9.rows[:2], qm9.rows[2:], wanted=lambda row: row == 2)
    assert cyanide.number == 5


def test_several_processes(read, qm9, monkeypatch):
    monkeypatch.setattr("pyg_symm.datasets.qm9_table._CHUNK", 1)
    alone, several = (read(qm9.rows[:2], qm9.rows[2:], workers=workers) for workers in (1, 2))
    assert [molecule.number for molecule in several] == [1, 3, 5]
    for one, other in zip(alone, several, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    with pytest.raises(ValueError, match="line 2 .* has a damaged field 'SMILES'"):
        read([row.replace('"C"', '"C("') for row in qm9.rows], workers=2)


def row(smiles, elements, pos, template):
    """A row with other atoms."""
    end = template[template.index(']]"') + 3 :]
    names = "['" + "','".join(elements) + "']"
    return f'9,"{smiles}","{names}","{np.round(pos, 4).tolist()}"{end}'


def test_hydrogens_between_heavy_atoms(read, qm9):
    # N, two hydrogens of it, C, three hydrogens of it.
    pos = [[0, 0, 0], [0.9, 0.3, 0], [-0.9, 0.3, 0], [0, -1.5, 0]]
    pos += [[0.9, -1.9, 0], [-0.9, -1.9, 0], [0, -1.9, 0.9]]
    (amine,) = read([row("NC", "NHHCHHH", pos, qm9.rows[0])])
    assert bonds(amine) == [(0, 1, 1), (0, 2, 1), (0, 3, 1), (3, 4, 1), (3, 5, 1), (3, 6, 1)]


def test_heavy_atoms_in_another_order(read, qm9):
    # Along a line: H, C, C, C, C, H, with the outer ones first.
    place = {"a": 0.0, "b": 1.2, "c": 2.6, "d": 3.8}
    pos = [[place[name], 0, 0] for name in "adcb"] + [[-1.05, 0, 0], [4.85, 0, 0]]
    (chain,) = read([row("C#CC#C", "CCCCHH", pos, qm9.rows[0])])
    pairs = {(frozenset(pair), order) for *pair, order in bonds(chain)}
    expected = {(0, 3): 3, (3, 2): 1, (2, 1): 3, (0, 4): 1, (1, 5): 1}
    assert pairs == {(frozenset(pair), order) for pair, order in expected.items()}


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("40.47893", "", "line 3 of '.*0.csv' has a damaged field 'InternalEnergy_0K_au'"),
        (",-40.498597,6.469", "", "line 3 .* has no field 'GibbsFreeEnergy_298K_au'"),
        ("-40.475117", "", "line 3 .* has no field 'Enthalphy_298K_au'"),
        ("1.0858041578", "x", "line 3 .* has a damaged field 'XYZ_Ang'"),
        ("[0.002150416,-0.0060313176,0.0019761204],", "", "damaged field 'XYZ_Ang'"),
        ("'C','H'", "'Cl','H'", r"damaged field 'Elements' \('Cl'; got"),
        ('"C"', '"C("', "damaged field 'SMILES'"),
        ('"C"', '"CC"', "line 3 .* is damaged: 1 heavy atoms, but 2 in the SMILES"),
        ('"C"', '"[CH3]"', "line 3 .* the hydrogens next to its atoms are not those of the SMILES"),
    ],
)
def test_missing_or_damaged_fields(read, qm9, old, new, message):
    methane, water, _ = qm9.rows
    assert old in methane
    with pytest.raises(ValueError, match=message):
        read([water, methane.replace(old, new)])


def test_too_many_orders(read, qm9):
    # Nine carbons without hydrogens, but for one that is bonded to the last instead of the first.
    ring = "[C]" * 8 + "C"
    pos = [[0, 0, 1.3 * i] for i in range(9)] + [[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, -0.5]]
    with pytest.raises(ValueError, match="its atoms come in another order"):
        read([row(ring, "C" * 9 + "HHH", pos, qm9.rows[0])])
