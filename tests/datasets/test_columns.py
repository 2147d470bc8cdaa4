from pathlib import Path

import numpy as np
import pytest

from pyg_symm.chem import Refusals
from pyg_symm.datasets.columns import (
    COLUMNS,
    Chunk,
    file_names,
    open_columns,
    read_report,
    segments,
    write_columns,
)


def chunk(num_atoms, refused=None):
    total = sum(num_atoms)
    num_bonds = [n - 1 for n in num_atoms]
    columns = {
        "atom": np.arange(total),
        "block_id": np.zeros(total),
        "bond": np.arange(3 * sum(num_bonds)).reshape(-1, 3),
        "smiles": np.frombuffer(b"C" * total, np.uint8),
        "atom_ptr": np.array(num_atoms, np.int64),
        "bond_ptr": np.array(num_bonds, np.int64),
        "smiles_ptr": np.array(num_atoms, np.int64),
        "num_blocks": np.ones(len(num_atoms)),
        "row": np.arange(len(num_atoms)),
    }
    return Chunk(columns, Refusals(refused), len(num_atoms))


def test_round_trip(tmp_path):
    chunks = [chunk([3, 1]), chunk([], {"atom": 2}), chunk([4], {"atom": 1, "bond": 1})]
    write_columns(str(tmp_path), chunks, {"why": "test"})
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(file_names())
    report = read_report(str(tmp_path))
    assert (
        report["refused"] == {"counts": {"atom": 3, "bond": 1}, "examples": {}}
        and report["why"] == "test"
    )
    columns = open_columns(str(tmp_path))
    assert columns.keys() == COLUMNS.keys()
    assert columns["atom_ptr"].tolist() == [0, 3, 4, 8]
    assert columns["bond_ptr"].tolist() == [0, 2, 2, 5]
    assert columns["atom"].tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert columns["bond"].shape == (5, 3)
    assert not columns["atom"].flags.writeable


def test_nothing(tmp_path):
    write_columns(str(tmp_path), [], {})
    columns = open_columns(str(tmp_path))
    assert columns["atom_ptr"].tolist() == [0] and columns["bond"].shape == (0, 3)


def test_stopped(tmp_path):
    def chunks():
        yield chunk([2])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_columns(str(tmp_path), chunks(), {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", file_names())
def test_truncated(tmp_path, name):
    write_columns(str(tmp_path), [chunk([3, 4])], {})
    path = Path(tmp_path) / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RuntimeError, match=rf"{name}' is damaged .* force_reload=True"):
        open_columns(str(tmp_path))


def test_segments():
    ptr = np.array([0, 2, 2, 5])
    elements, ends = segments(ptr, np.array([2, 1, 0, 2]))
    assert elements.tolist() == [2, 3, 4, 0, 1, 2, 3, 4] and ends.tolist() == [0, 3, 3, 5, 8]
    elements, ends = segments(ptr, np.array([], np.int64))
    assert elements.tolist() == [] and ends.tolist() == [0]
