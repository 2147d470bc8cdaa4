import gzip

import numpy as np
import pytest

pytest.importorskip("rdkit")

from pyg_symm.datasets import MOSES, moses
from pyg_symm.datasets.moses import held_out

TRAIN = ["C" * n for n in range(1, 101)] + ["O" + "C" * n for n in range(1, 101)]
TEXTS = {"train": TRAIN, "test": ["CN", "c1cc[nH]c1"], "test_scaffolds": ["C1CC1"]}
MEMBERS = {
    f"mini/{name}.csv.gz": gzip.compress("\n".join(["SMILES", *rows]).encode(), mtime=0)
    for name, rows in TEXTS.items()
}


class MiniMOSES(MOSES):
    """With the wheel that :func:`root` writes."""


@pytest.fixture
def root(tmp_path, write_wheel, monkeypatch):
    monkeypatch.setattr(MiniMOSES, "wheel", write_wheel(tmp_path / "MOSES" / "raw", MEMBERS))
    return str(tmp_path)


def test_splits(root):
    train, val = MiniMOSES(root), MiniMOSES(root, split="val")
    assert (len(train), len(val)) == (198, 2)
    assert sorted(train.all_smiles() + val.all_smiles()) == sorted(
        MiniMOSES(root, holdout=0).all_smiles()
    )
    assert set(val.rows.tolist()) == set(held_out(200, 0.01).tolist())
    assert MiniMOSES(root, split="test").all_smiles() == ["CN", "c1cc[nH]c1"]
    assert MiniMOSES(root, split="test_scaffolds").all_smiles() == ["C1CC1"]
    assert train.processed_dir == val.processed_dir  # Converted once.
    assert val[0].num_nodes == val.sizes[0] == len(val.smiles(0))
    assert train.batch([3, 5]).num_graphs == 2


def test_holdout(root):
    assert len(MiniMOSES(root, split="val", holdout=0.1)) == 20
    # The first numbers of all, so that a larger share has those of a smaller.
    assert set(held_out(200, 0.01)) < set(held_out(200, 0.1))
    assert np.array_equal(held_out(10, 0.3), [2, 8, 4])


def test_some_molecules_of_all_parts_of_the_file(root, monkeypatch):
    monkeypatch.setitem(moses._ROWS, "train", 200)
    train, val = MiniMOSES(root, limit=10), MiniMOSES(root, split="val", limit=10)
    rows = sorted(train.rows.tolist() + val.rows.tolist())
    assert len(val) == 1 and rows == list(range(19, 200, 20))
    assert len(MiniMOSES(root)) == 198  # Converted apart.
    assert len(MiniMOSES(root, limit=2)) == len(MiniMOSES(root, split="val", limit=2)) == 1
    with pytest.raises(ValueError, match="'limit' must be at least 2 .got 1"):
        MiniMOSES(root, limit=1)


def test_aromatic(root):
    dataset = MiniMOSES(root, split="test", bonds="aromatic")
    assert dataset.vocabulary.num_bond_classes == 5
    assert dataset[1].edge_attr.tolist() == 10 * [4] and dataset.smiles(1) == "c1cc[nH]c1"


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"split": "valid"}, r"'split' must be one of .* \(got 'valid'\)"),
        ({"holdout": 1.0}, r"'holdout' must be from 0 to 1, for 'val' not 0 \(got 1.0\)"),
        ({"split": "val", "holdout": 0}, r"'holdout' .* \(got 0\)"),
        ({"bonds": "both"}, r"'bonds' must be 'kekule' or 'aromatic' \(got 'both'\)"),
    ],
)
def test_refused(root, arguments, message):
    with pytest.raises(ValueError, match=message):
        MiniMOSES(root, **arguments)


@pytest.mark.network
@pytest.mark.slow
def test_wheel(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_RETRIES", "0")
    try:
        paths = MOSES.wheel.fetch(tmp_path)
    except RuntimeError as error:
        if "Could not download" not in str(error):
            raise
        pytest.skip("molsets cannot be downloaded here")
    with gzip.open(paths[1], "rt") as file:
        assert sum(1 for _ in file) == 176_075
