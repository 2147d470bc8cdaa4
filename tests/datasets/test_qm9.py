import numpy as np
import pytest

pytest.importorskip("rdkit")

from pyg_symm.datasets import QM9Graphs
from pyg_symm.datasets.qm9 import split_rows

ROWS = split_rows()
PARTS = [
    [(ROWS["train"][0], "C"), (ROWS["train"][1], "[NH3+]CC([O-])=O")],
    [(ROWS["val"][0], "N"), (ROWS["test"][0], "O")],
    [(ROWS["train"][2], "C#C"), (ROWS["train"][3], "C1=CNC=C1")],
]
MEMBERS = {
    f"mini/qm9_part{i}.csv": "\n".join(
        ["XYZ_file,Index,SMILES", *(f'"a.xyz",{row},"{smiles}"' for row, smiles in part)]
    ).encode()
    for i, part in enumerate(PARTS, 1)
}


class MiniQM9(QM9Graphs):
    """With the wheel that :func:`root` writes."""


@pytest.fixture
def root(tmp_path, write_wheel, monkeypatch):
    monkeypatch.setattr(MiniQM9, "wheel", write_wheel(tmp_path / "QM9Graphs" / "raw", MEMBERS))
    return str(tmp_path)


def test_splits(root):
    train = MiniQM9(root)
    assert train.all_smiles() == ["C", "C#C", "c1cc[nH]c1"] and train.refused == {"charge": 1}
    assert train.rows.tolist() == [ROWS["train"][i] for i in (0, 2, 3)]
    assert MiniQM9(root, split="val").all_smiles() == ["N"]
    assert MiniQM9(root, split="test").all_smiles() == ["O"]


def test_at_most_so_many_molecules_of_a_split_are_converted(root):
    assert MiniQM9(root, limit=2).rows.tolist() == [ROWS["train"][1], ROWS["train"][3]][1:]
    assert MiniQM9(root, limit=2).refused == {"charge": 1}
    assert MiniQM9(root, split="val", limit=2).all_smiles() == ["N"]


def test_hydrogens(root):
    assert MiniQM9(root).sizes.tolist() == [5, 4, 10]
    assert MiniQM9(root, explicit_hydrogens=False).sizes.tolist() == [1, 2, 5]


def test_charges(root):
    train = MiniQM9(root, charges=True)
    assert train.refused == {} and train.smiles(1) == "[NH3+]CC(=O)[O-]"
    assert train[1].num_nodes == 10


def test_split_rows():
    assert {name: len(rows) for name, rows in ROWS.items()} == {
        "train": 100_000,
        "val": 20_497,
        "test": 13_388,
    }
    everything = np.sort(np.concatenate(list(ROWS.values())))
    assert np.array_equal(everything, np.arange(1, 133_886))


def test_refused(root):
    with pytest.raises(ValueError, match=r"'split' must be one of .* \(got 'all'\)"):
        MiniQM9(root, split="all")


@pytest.mark.network
@pytest.mark.slow
def test_wheel(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_RETRIES", "0")
    try:
        paths = QM9Graphs.wheel.fetch(tmp_path)
    except RuntimeError as error:
        if "Could not download" not in str(error):
            raise
        pytest.skip("qm9pack cannot be downloaded here")
    with open(paths[0]) as file:
        assert file.readline().split(",")[1:3] == ["Index", "SMILES"]
