import pickle
import subprocess

import pytest
import torch
from torch_geometric.data import Data, HeteroData

from pyg_symm.utils import load_tensors, save_tensors
from pyg_symm.utils.files import sha256

MEND = "make it again"


class OwnData(Data):
    pass


def test_round_trip(tmp_path):
    path = tmp_path / "a.pt"
    content = (OwnData(x=torch.eye(2), name="a"), {"x": torch.arange(3)}, OwnData, 1.5, None)
    save_tensors(content, path)
    data, slices, cls, number, nothing = load_tensors(path, MEND)
    assert type(data) is cls is OwnData and torch.equal(data.x, torch.eye(2)) and data.name == "a"
    assert slices["x"].tolist() == [0, 1, 2] and number == 1.5 and nothing is None
    save_tensors((HeteroData().to_dict(), HeteroData), tmp_path / "b.pt")
    assert load_tensors(tmp_path / "b.pt", MEND)[1] is HeteroData


def test_equal_contents_give_equal_files(tmp_path):
    for name in ("a.pt", "b.pt"):
        save_tensors([torch.arange(5), {"x": "y"}], tmp_path / name)
    assert sha256(tmp_path / "a.pt") == sha256(tmp_path / "b.pt")


class Malice:
    """Runs a program that is on no list of PyTorch's."""

    def __reduce__(self):
        return subprocess.check_output, (["touch", self.path],)


@pytest.mark.parametrize(
    "save", [torch.save, lambda x, f: f.write_bytes(pickle.dumps(x, protocol=2))]
)
def test_no_code_runs(tmp_path, save):
    malice = Malice()
    malice.path = str(tmp_path / "executed")
    save((malice, {}, Data), tmp_path / "a.pt")
    with pytest.raises(RuntimeError, match="a.pt' holds more than tensors.*; make it again"):
        load_tensors(tmp_path / "a.pt", MEND)
    assert not (tmp_path / "executed").exists()


def test_what_cannot_be_read_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match=r"a.pt' can only store .* hold \['pathlib."):
        save_tensors(Data(path=tmp_path), tmp_path / "a.pt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_damage(tmp_path, content):
    path = tmp_path / "a.pt"
    save_tensors([torch.arange(500)], path)
    path.write_bytes(path.read_bytes()[:700] if content is None else content)
    with pytest.raises(RuntimeError, match="a.pt' is damaged .*; make it again"):
        load_tensors(path, MEND)
