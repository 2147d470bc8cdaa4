import pytest
import torch
from torch_geometric.nn import MLP

from pyg_symm.weights import trace_spec, weight_matching
from pyg_symm.weights.connectivity.match_files import match_files, short_names
from pyg_symm.weights.files import read_spec, read_state, write_spec, write_state


@pytest.fixture
def files(tmp_path):
    torch.manual_seed(0)
    model = MLP([4, 32, 16, 3], norm=None)
    spec = trace_spec(model, torch.randn(2, 4))
    states = [model.state_dict()]
    states.append(spec.apply(states[0], spec.random(torch.Generator().manual_seed(0))))
    for name, state in zip("ab", states, strict=True):
        write_state(tmp_path / f"{name}.safetensors", state)
    write_spec(tmp_path / "spec.yaml", spec)
    return [tmp_path / "a.safetensors", tmp_path / "b.safetensors"], model


def test_classes_come_from_a_file_or_from_tracing(files, tmp_path):
    paths, model = files
    traced = {"model": model, "inputs": [torch.randn(2, 4)]}
    for i, source in enumerate(({"spec": tmp_path / "spec.yaml"}, traced)):
        out = tmp_path / f"out{i}"
        result = match_files(paths, weight_matching, out, **source)
        assert result["pairs"][0]["pair"] == ["a", "b"]
        assert result["pairs"][0]["l2_reduction"] == 1
        merged = read_state(out / "merged.safetensors")
        assert all(torch.equal(merged[n], v) for n, v in read_state(paths[0]).items())
    frozen = match_files(paths, weight_matching, tmp_path / "f", **traced, freeze=["lins.0"])
    assert frozen["pairs"][0]["l2_reduction"] < 0.9
    assert read_spec(tmp_path / "f" / "spec.yaml").classes == {"lins.1": 16}


def test_wrong_arguments_are_refused(files, tmp_path):
    paths, _ = files
    with pytest.raises(ValueError, match="'spec' or 'model' with example inputs must be given"):
        match_files(paths, weight_matching, tmp_path)
    with pytest.raises(ValueError, match="'lins.0.weight' of 'a' must have the shape"):
        match_files(paths, weight_matching, tmp_path, model=MLP([4, 8, 3], norm=None))
    with pytest.raises(FileNotFoundError, match="c.safetensors"):
        match_files([paths[0], tmp_path / "c.safetensors"], weight_matching, tmp_path)


def test_names():
    assert list(short_names(["a.pt", "b.safetensors"])) == ["a", "b"]
    assert list(short_names(["runs/x,lr=0.1", "runs/x,lr=0.2"])) == ["x,lr=0.1", "x,lr=0.2"]
    assert list(short_names(["/r/1/last.ckpt", "/r/2/last.ckpt"])) == ["1-last", "2-last"]
    with pytest.raises(ValueError, match=r"'models' must be two or more .got \['a'\]"):
        short_names(["a"])
    with pytest.raises(ValueError, match="'models' must differ"):
        short_names(["a", "a"])
