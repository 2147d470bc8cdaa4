import pytest
import torch

from pyg_symm.datasets.xyz_frames import read_frames
from pyg_symm.datasets.xyz_labels import (
    Labels,
    chosen_frames,
    given_energies,
    is_isolated,
    isolated_energies,
)

COLUMNS = "Properties=species:S:1:pos:R:3:forces:R:3"


@pytest.fixture
def frame(tmp_path):
    def frame(header, atoms="C 1 2 3 4 5 6"):
        path = tmp_path / "a.xyz"
        path.write_text(f"{len(atoms.splitlines())}\n{header}\n{atoms}\n")
        return next(read_frames(path))

    return frame


def test_names(frame):
    both = frame(
        "Properties=Z:I:1:pos:R:3:forces:R:3:REF_forces:R:3 energy=1 REF_energy=2",
        "6 0 0 0 1 2 3 4 5 6",
    )
    found = Labels().read(both)
    assert found.z.tolist() == [6]
    assert found.energy.tolist() == [2] and found.force.tolist() == [[4, 5, 6]]
    found = Labels("energy", "forces").read(both)
    assert found.energy.tolist() == [1] and found.force.tolist() == [[1, 2, 3]]
    found = Labels().read(frame("properties=species:S:1:pos:R:3:Force:R:3 Energy=-3"))
    assert found.energy.tolist() == [-3] and found.force.tolist() == [[4, 5, 6]]
    assert "force" not in Labels(with_forces=False).read(both)
    assert Labels("total").read(frame(f"{COLUMNS} total=7")).energy.tolist() == [7]


def test_cell(frame):
    lattice = 'Lattice="1 2 3 4 5 6 7 8 9"'
    data = Labels().read(frame(f"{lattice} {COLUMNS} energy=1"))
    assert data.cell.tolist() == [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]
    assert data.pbc.tolist() == [[True, True, True]]
    data = Labels().read(frame(f'{lattice} {COLUMNS} energy=1 pbc="F T F"'))
    assert data.pbc.tolist() == [[False, True, False]]
    assert "cell" not in Labels().read(frame(f"{COLUMNS} energy=1"))


def test_types(frame):
    data = Labels().read(frame(f"{COLUMNS} energy=-17660.461737861464"))
    assert {data[key].dtype for key in ("pos", "energy", "force")} == {torch.double}
    assert data.energy.tolist() == [-17660.461737861464]


def test_info(frame):
    given = frame(f'{COLUMNS} energy=1 angle=2.5 type=scan dihedrals="_JSON [1, 2.5]"')
    data = Labels(info=("angle", "type", "dihedrals")).read(given)
    assert data.angle.tolist() == [[2.5]] and data.type == "scan"
    assert data.dihedrals.tolist() == [[1, 2.5]]
    with pytest.raises(ValueError, match="line 2 .* has no key 'temperature'"):
        Labels(info=("temperature",)).read(given)


@pytest.mark.parametrize(
    "labels, header, message",
    [
        (Labels(), COLUMNS, r"line 2 .* has no energy of the names ref_energy, energy, .*has \[\]"),
        (Labels("E"), f"{COLUMNS} e=1", r"has no energy of the name 'E' \(it has \['e'\]\)"),
        (
            Labels(),
            "Properties=species:S:1:pos:R:3:f:R:3 energy=1",
            r"has no forces of the names .*\['species', 'pos', 'f'\]\); with_forces=False",
        ),
        (Labels(forces="F"), f"{COLUMNS} energy=1", "has no forces of the name 'F'"),
        (
            Labels(),
            "Properties=species:S:1:pos:R:3:forces:R:2:a:R:1 energy=1",
            r"'forces' must be R:3 \(got R:2\)",
        ),
        (Labels(), "Properties=species:S:1:pos:I:3:forces:R:3 energy=1", r"'pos' must be R:3"),
        (Labels(), "Properties=name:S:1:pos:R:3:forces:R:3 energy=1", "has no elements"),
        (Labels(), f"{COLUMNS} energy=low", "'energy' must be a number"),
        (Labels(), f"{COLUMNS} energy=1 Lattice=5", "'Lattice' must be 9 numbers"),
    ],
)
def test_missing_labels(frame, labels, header, message):
    with pytest.raises(ValueError, match=message):
        labels.read(frame(header))


def test_unknown_elements(frame):
    with pytest.raises(ValueError, match="line 2 .*'species': .*atomic number .got 'Xx'"):
        Labels().read(frame(f"{COLUMNS} energy=1", "Xx 1 2 3 4 5 6"))


@pytest.mark.parametrize(
    "header, isolated",
    [
        ("config_type=IsolatedAtom", True),
        ("config_type=isolated_atom Lattice='9 0 0 0 9 0 0 0 9'", True),
        ("", True),
        ("Lattice='9 0 0 0 9 0 0 0 9' pbc='F F F'", True),
        ("Lattice='9 0 0 0 9 0 0 0 9'", False),
        ("pbc='F F T'", False),
    ],
)
def test_isolated_atoms(frame, header, isolated):
    assert is_isolated(frame(f"{COLUMNS} energy=1 {header}")) == isolated
    pair = frame(f"{COLUMNS} energy=1 {header}", "C 1 2 3 4 5 6\nC 1 2 3 4 5 6")
    assert not is_isolated(pair)


def test_energies_of_isolated_atoms(frame, tmp_path):
    atoms = [frame(f"energy={e}", f"{symbol} 0 0 0") for symbol, e in (("H", -1), ("O", -2.5))]
    assert isolated_energies([*atoms, atoms[0]], Labels()) == {1: -1, 8: -2.5}
    with pytest.raises(ValueError, match=r"another energy of isolated H \(got -3.0 and -1.0\)"):
        isolated_energies([*atoms, frame("energy=-3", "H 0 0 0")], Labels())
    with pytest.raises(ValueError, match=r"line 2 .* must have one atom \(got 2\)"):
        isolated_energies([frame("energy=-3", "H 0 0 0\nH 0 0 1")], Labels())
    assert given_energies({"H": -1, 8: -2, "6": -3}, Labels()) == {1: -1, 8: -2, 6: -3}
    path = tmp_path / "atoms.xyz"
    path.write_text("1\nE=-1\nH 0 0 0\n1\nE=-4\nC 0 0 0\n")
    assert given_energies(path, Labels("E")) == {1: -1, 6: -4}


def test_chosen_frames():
    assert chosen_frames(None, 3) == [0, 1, 2]
    assert chosen_frames(":2", 5) == [0, 1] and chosen_frames("-2:", 5) == [3, 4]
    assert chosen_frames("::2", 5) == [0, 2, 4] and chosen_frames("::-1", 3) == [2, 1, 0]
    assert chosen_frames([2, 0, 0], 3) == [2, 0, 0] and chosen_frames([-1], 3) == [2]
    for frames in ("5", "1:2:3:4", "a:b", "::0", ""):
        with pytest.raises(ValueError, match="'frames' must be a slice such as"):
            chosen_frames(frames, 5)
    for wrong in ([5], [-6]):
        with pytest.raises(
            ValueError, match=r"'frames' must be numbers of 5 frames \(got -?[56]\)"
        ):
            chosen_frames(wrong, 5)
    with pytest.raises(ValueError, match=r"'frames' must be numbers of 5 frames \(got 1.0\)"):
        chosen_frames([0, 1.0], 5)
    for frames in ("5:", []):
        with pytest.raises(ValueError, match="'frames' must leave at least one of 5 frames"):
            chosen_frames(frames, 5)
