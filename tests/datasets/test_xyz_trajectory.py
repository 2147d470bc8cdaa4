import numpy as np
import pytest
import torch

from pyg_symm.datasets import XYZTrajectory

COLUMNS = "Properties=species:S:1:pos:R:3:forces:R:3"


def frame(energy, header="", num=2):
    atoms = [f"{'HCO'[i % 3]} {i}.25 {energy} 0.5 {energy + i} 0 -1" for i in range(num)]
    return "\n".join([str(num), f"{COLUMNS} energy={energy} {header}", *atoms, ""])


def atom(symbol, energy):
    header = f"Properties=species:S:1:pos:R:3 config_type=IsolatedAtom energy={energy}"
    return f"1\n{header}\n{symbol} 0 0 0\n"


@pytest.fixture
def make(tmp_path):
    def make(*texts, **kwargs):
        paths = [tmp_path / f"{i}.xyz" for i in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        return XYZTrajectory(paths, str(tmp_path / "root"), **kwargs)

    return make


def energies(dataset):
    return [float(data.energy) for data in dataset]


def test_frames(make):
    dataset = make(atom("H", -13.5) + frame(1) + frame(2, num=3), frame(3) + atom("C", -1000.25))
    assert str(dataset) == "XYZTrajectory(3)" and energies(dataset) == [1, 2, 3]
    assert dataset.atom_energies == {1: -13.5, 6: -1000.25}
    data = dataset[1]
    assert data.z.tolist() == [1, 6, 8] and data.energy.dtype == torch.double
    assert data.pos.tolist() == [[0.25, 2, 0.5], [1.25, 2, 0.5], [2.25, 2, 0.5]]
    assert data.force.tolist() == [[2, 0, -1], [3, 0, -1], [4, 0, -1]]
    assert data.pos.dtype == data.force.dtype == torch.float and "cell" not in data
    data.validate()


def test_a_single_file_as_a_string(make, tmp_path):
    make(frame(1))
    assert energies(XYZTrajectory(str(tmp_path / "0.xyz"), str(tmp_path / "root"))) == [1]


def test_digits_are_kept_in_double_precision(make, float64):
    text = frame(1).replace("0.25", "0.12345678901234")
    assert make(text).pos[0, 0].item() == 0.12345678901234


def test_cells(make):
    lattice = "Lattice='4 0 0 0 5 0 0 0 6'"
    dataset = make(frame(1, lattice) + frame(2))
    assert dataset.cell.shape == (2, 3, 3) and dataset.cell.dtype == torch.float
    assert dataset[0].cell.tolist() == [[[4, 0, 0], [0, 5, 0], [0, 0, 6]]]
    assert not dataset[1].cell.any() and dataset.pbc.tolist() == [[True] * 3, [False] * 3]


def test_choice_of_frames(make):
    text = "".join(map(frame, range(6)))
    assert energies(make(text, frames="1:5:2")) == [1, 3]
    assert energies(make(text, frames=[4, 0])) == [4, 0]
    assert energies(make(text, limit=2)) == [2, 5]
    assert energies(make(text, frames=":4", limit=2)) == [1, 3]
    # Isolated atoms do not count.
    assert energies(make(atom("H", -1) + text, frames=":1")) == [0]


def test_isolated_atoms(make, tmp_path):
    text = frame(1) + atom("H", -13.5)
    assert make(text, isolated_atoms={"H": -1.0, "O": -2}).atom_energies == {1: -1, 8: -2}
    path = tmp_path / "atoms.xyz"
    path.write_text(atom("C", -3) + atom("H", -4))
    assert make(text, isolated_atoms=str(path)).atom_energies == {6: -3, 1: -4}
    assert make(frame(1)).atom_energies == {}


def test_energies_only(make):
    text = frame(1).replace("forces", "other")
    with pytest.raises(ValueError, match="line 2 of '.*0.xyz' has no forces"):
        make(text)
    assert "force" not in make(text, with_forces=False)[0]


def test_more_keys(make):
    dataset = make(frame(1, "angle=3 kind=a") + frame(2, "angle=4 kind=b"), info=["angle", "kind"])
    assert dataset.angle.view(-1).tolist() == [3, 4] and dataset[1].kind == "b"


def test_labels_are_not_mixed(make):
    other = frame(2).replace("energy", "REF_energy")
    with pytest.raises(ValueError, match=r"line 6 of '.*0.xyz' has no energy of the name 'energy'"):
        make(frame(1) + other)


def test_processed_once_and_again_if_a_file_changes(make, tmp_path):
    make(frame(1))
    (path,) = tmp_path.rglob("frames.pt")
    time = path.stat().st_mtime_ns
    make(frame(1))
    assert path.stat().st_mtime_ns == time
    assert energies(make(frame(2))) == [2] and len(list(tmp_path.rglob("frames.pt"))) == 2


def test_nothing_is_kept_of_a_broken_file(make, tmp_path):
    with pytest.raises(ValueError, match="line 6 of '.*0.xyz' has a broken header"):
        make(frame(1) + frame(2, 'a="'))
    assert not list(tmp_path.rglob("*.pt"))


def test_errors(make, tmp_path):
    with pytest.raises(FileNotFoundError, match="none.xyz"):
        XYZTrajectory(str(tmp_path / "none.xyz"), str(tmp_path / "root"))
    with pytest.raises(ValueError, match="'files' must name at least one file"):
        XYZTrajectory([], str(tmp_path / "root"))
    for text, kwargs, message in [
        ("", {}, "'files' have no frames other than isolated atoms"),
        (atom("H", 1), {}, "'files' have no frames other than isolated atoms"),
        (frame(1), {"limit": 0}, r"'limit' must be positive \(got 0\)"),
        (frame(1), {"info": ["pos"]}, "'info' must not be one of .*got 'pos'"),
        (frame(1), {"info": "angle"}, "'info' must be a list of keys"),
        (frame(1), {"frames": "3:"}, "'frames' must leave at least one of 1 frames"),
        (frame(1), {"frames": 0}, r"'frames' must be a slice or a list of numbers \(got 0\)"),
        (frame(1), {"info": ["batch"]}, "'info' must not be one of .*got 'batch'"),
        (frame(1, "a=1") + frame(2, "a=b"), {"info": ["a"]}, r"'info' .* 'a'.* 'b' in frame 1\)"),
        (frame(1, "a=1") + frame(2, "a='1 2'"), {"info": ["a"]}, r"'info' .* in frame 1\)"),
        (frame(1), {"isolated_atoms": {"Q": 1}}, "'isolated_atoms' .*'element' must be a symbol"),
        (frame(1), {"isolated_atoms": {"H": "low"}}, "'isolated_atoms' must be energies .*'low'"),
        (frame(1), {"pre_filter": lambda data: False}, "'pre_filter' must keep"),
    ]:
        with pytest.raises(ValueError, match=message):
            make(text, **kwargs)
    assert not list(tmp_path.rglob("frames.pt"))


def test_equal_to_ase(tmp_path):
    ase = pytest.importorskip("ase")
    from ase.calculators.singlepoint import SinglePointCalculator
    from ase.io import read, write

    random = np.random.default_rng(0)
    frames = []
    for num in (3, 5):
        atoms = ase.Atoms(
            random.choice(["H", "C", "Si"], num), random.normal(size=(num, 3)),
            cell=random.normal(size=(3, 3)), pbc=[True, False, True],
        )  # fmt: skip
        atoms.calc = SinglePointCalculator(
            atoms, energy=random.normal(), forces=random.normal(size=(num, 3))
        )
        atoms.info["config_type"] = "a b"
        frames.append(atoms)
    path = str(tmp_path / "frames.xyz")
    write(path, frames, format="extxyz")
    dataset = XYZTrajectory(path, str(tmp_path), info=["config_type"])
    for data, atoms in zip(dataset, read(path, ":"), strict=True):
        assert data.z.tolist() == atoms.numbers.tolist() and data.config_type == "a b"
        np.testing.assert_allclose(data.pos, atoms.positions, atol=1e-6)
        np.testing.assert_allclose(data.force, atoms.get_forces(), atol=1e-6)
        np.testing.assert_allclose(data.cell[0], atoms.cell.array, atol=1e-6)
        assert data.pbc[0].tolist() == atoms.pbc.tolist()
        assert float(data.energy) == atoms.get_potential_energy()
