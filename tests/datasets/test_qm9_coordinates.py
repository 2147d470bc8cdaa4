import json

import numpy as np
import pytest
import torch
from torch_geometric.datasets import QM9

pytest.importorskip("rdkit")

from rdkit import Chem

from pyg_symm.datasets import QM9Coordinates
from pyg_symm.datasets.qm9_table import read_molecules

ORDER = np.random.RandomState(42).permutation(3)


@pytest.fixture
def make(tmp_path, qm9, write_wheel):
    parts = [qm9.table(*qm9.rows[:2]), qm9.table(*qm9.rows[2:])]
    members = {f"mini/qm9_part{i}.csv": part for i, part in enumerate(parts, 1)}

    class Mini(QM9Coordinates):
        wheel = write_wheel(tmp_path / "QM9Graphs" / "raw", members)
        num_molecules, num_train, num_val = 3, 1, 1

    return lambda split="all", **kwargs: Mini(str(tmp_path), split, **kwargs)


def test_equal_to_pyg(make, tmp_path):
    """PyG reads the same molecules from files like those that it downloads."""
    dataset = make()
    raw = tmp_path / "pyg" / "raw"
    raw.mkdir(parents=True)
    molecules = list(read_molecules(dataset.raw_paths))
    writer = Chem.SDWriter(str(raw / "gdb9.sdf"))
    lines = ["mol_id," + ",".join("abcdefghijklmnopqrs")]
    for molecule in molecules:
        mol = Chem.RWMol()
        for number in molecule.z.tolist():
            mol.AddAtom(Chem.Atom(number))
        for (first, second), order in zip(molecule.bonds, molecule.orders, strict=True):
            mol.AddBond(int(first), int(second), Chem.BondType.values[int(order)])
        conformer = Chem.Conformer(len(molecule.z))
        for i, place in enumerate(molecule.pos.tolist()):
            conformer.SetAtomPosition(i, place)
        mol.AddConformer(conformer)
        mol.SetProp("_Name", f"gdb_{molecule.number}")
        writer.write(mol)
        lines.append(",".join(map(str, [molecule.number, *molecule.properties, 0, 0, 0, 0])))
    writer.close()
    (raw / "gdb9.sdf.csv").write_text("\n".join([*lines, ""]))
    (raw / "uncharacterized.txt").write_text("\n" * 10)
    expected = QM9(str(tmp_path / "pyg"))
    assert len(expected) == len(dataset) == 3
    for found, other in zip(dataset, expected, strict=True):
        assert found.keys() == other.keys()
        for key in ("x", "z", "edge_index", "edge_attr"):
            assert found[key].dtype == other[key].dtype and torch.equal(found[key], other[key]), key
        torch.testing.assert_close(found.pos, other.pos, atol=1e-4, rtol=0)  # Four decimals.
        assert torch.equal(found.y[:, :12], other.y[:, :12])
        assert torch.equal(found.y[:, 16:], other.y[:, 16:])
        assert (found.smiles, found.name) == (other.smiles, other.name)
    assert [int(data.idx) for data in dataset] == [0, 2, 4]


def test_splits(make):
    names = [data.name for data in make()]
    assert names == ["gdb_1", "gdb_3", "gdb_5"]
    assert [make(split)[0].name for split in ("train", "val", "test")] == [names[i] for i in ORDER]


def test_published_splits(make):
    dataset = make()
    dataset.num_molecules, dataset.num_train, dataset.num_val = 130_831, 110_000, 10_000
    dataset.split = "train"
    rows = dataset._rows()
    assert {name: len(order) for name, order in rows.items()} == {
        "train": 110_000,
        "val": 10_000,
        "test": 10_831,
    }
    shuffled = np.random.RandomState(42).permutation(130_831)
    assert np.array_equal(np.concatenate(list(rows.values())), shuffled)
    dataset.limit = 4
    assert rows["val"][[2499, 4999, 7499, 9999]].tolist() == dataset._rows()["val"].tolist()


def test_splits_are_processed_together(make, tmp_path):
    make("train")
    folder = next((tmp_path / "Mini").iterdir())
    times = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.pt")}
    assert set(times) == {"train.pt", "val.pt", "test.pt"}
    assert torch.equal(make("test", targets="mu").pos, make("test").pos)
    assert times == {path.name: path.stat().st_mtime_ns for path in folder.glob("*.pt")}
    assert set(json.loads((folder / "record.json").read_text())["sha256"]) == set(times)


def test_targets(make):
    full = make()
    some = make(targets=["gap", 1, "U0_atom"])
    assert some.targets == ("gap", "alpha", "U0_atom") and some.units == ("eV", "a0^3", "eV")
    assert torch.equal(some.y, full.y[:, [4, 1, 12]]) and some[1].y.shape == (1, 3)
    assert torch.equal(make(targets=7, atomization=True).y, full.y[:, [12]])
    replaced = make(atomization=True).y
    assert torch.equal(replaced[:, 7:11], full.y[:, 12:16])
    assert torch.equal(replaced[:, :7], full.y[:, :7])
    assert torch.equal(replaced[:, 11:], full.y[:, 11:])


def test_atomisation_energies(make):
    dataset = make()
    for column in (7, 8, 9, 10):
        alone = torch.stack([dataset.atomref(column)[data.z].double().sum() for data in dataset])
        difference = dataset.y[:, column].double() - alone
        torch.testing.assert_close(difference.float(), dataset.y[:, column + 5], atol=1e-3, rtol=0)
        expected = QM9.atomref(None, column)
        torch.testing.assert_close(dataset.atomref(column), expected, rtol=1e-6, atol=0)
    assert torch.equal(dataset.atomref("zpve"), torch.zeros(100, 1))
    assert torch.equal(dataset.atomref(11), torch.zeros(100, 1))
    assert dataset.atomref("gap") is None and dataset.atomref("U0_atom") is None


def test_limit_and_filters(make):
    assert [data.name for data in make(limit=1)] == ["gdb_5"]
    assert len(make(limit=5)) == 3
    small = make(pre_filter=lambda data: data.num_nodes == 3)
    assert [data.name for data in small] == ["gdb_3", "gdb_5"]
    with pytest.raises(ValueError, match="'pre_filter' must keep at least one graph"):
        make(pre_filter=lambda data: False)


def test_errors(make):
    for kwargs, message in [
        ({"split": "valid"}, r"'split' must be one of .*'all'\] \(got 'valid'\)"),
        ({"targets": 19}, r"'targets' must be in 0..18 or in \['mu'.*\(got 19\)"),
        ({"targets": [-1]}, r"'targets' must be in 0..18 .*\(got -1\)"),
        ({"targets": ["Gap"]}, r"'targets' must be in 0..18 .*\(got 'Gap'\)"),
        ({"targets": []}, r"'targets' must name at least one property"),
        ({"limit": 0}, r"'limit' must be positive \(got 0\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            make(**kwargs)
    with pytest.raises(ValueError, match=r"'targets' .*got 'x'"):
        make().atomref("x")
