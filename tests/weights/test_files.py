import pickle

import pytest
import torch
from torch import nn

from pyg_symm.weights import mlp_spec
from pyg_symm.weights.files import read_spec, read_state, write_spec, write_state


class Code:
    def __reduce__(self):
        return print, ("code ran",)


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_states_come_back(tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    model[0].bias = model[1].bias  # Shared.
    state = model.state_dict()
    write_state(tmp_path / "a.safetensors", state)
    assert same(read_state(tmp_path / "a.safetensors"), dict(state))
    torch.save(state, tmp_path / "a.pt")
    assert same(read_state(tmp_path / "a.pt"), dict(state))


def test_networks_come_out_of_checkpoints(tmp_path):
    state = nn.Linear(3, 4).state_dict()
    content = {"epoch": 3, "state_dict": {f"model.{name}": t for name, t in state.items()}}
    torch.save(content, tmp_path / "last.ckpt")
    assert same(read_state(tmp_path / "last.ckpt", "model."), dict(state))
    with pytest.raises(ValueError, match="no tensors with the prefix 'net.'"):
        read_state(tmp_path / "last.ckpt", "net.")


def test_code_is_not_run(tmp_path, capsys):
    with open(tmp_path / "a.pt", "wb") as file:
        pickle.dump(Code(), file)
    with pytest.raises(ValueError, match="'.*a.pt'"):
        read_state(tmp_path / "a.pt")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
def test_damaged_files_are_named(tmp_path, name):
    with pytest.raises(FileNotFoundError, match=name):
        read_state(tmp_path / name)
    (tmp_path / name).write_bytes(b"not a file of tensors")
    with pytest.raises(ValueError, match=f"'.*{name}'"):
        read_state(tmp_path / name)
    torch.save([1], tmp_path / "b.pt")
    with pytest.raises(ValueError, match="must hold a state dict .got list"):
        read_state(tmp_path / "b.pt")


def test_specifications_come_back(tmp_path):
    spec = mlp_spec([3, 4, 2])
    write_spec(tmp_path / "spec.yaml", spec)
    assert read_spec(tmp_path / "spec.yaml").to_dict() == spec.to_dict()
    (tmp_path / "spec.yaml").write_text("classes: {}")
    with pytest.raises(ValueError, match="'.*spec.yaml' must hold 'classes' and 'axes'"):
        read_spec(tmp_path / "spec.yaml")
