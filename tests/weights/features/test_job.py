import json

import pytest
import torch
import yaml
from torch import nn

from pyg_symm.weights import declare_spec
from pyg_symm.weights.features.job import merge_files
from pyg_symm.weights.features.rebuild import resized
from pyg_symm.weights.files import read_state, write_state


@pytest.fixture
def given(mlp, tmp_path):
    """A network whose weights and classes lie in files."""
    model, spec = mlp((5, 16, 12, 3))
    write_state(tmp_path / "a.safetensors", model.state_dict())
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(spec.to_dict()))
    files = {"weights": tmp_path / "a.safetensors", "spec": tmp_path / "spec.yaml"}
    return model, spec, files


def test_files_hold_the_smaller_network(given, mlp, tmp_path):
    model, spec, files = given
    other, _ = mlp((5, 16, 12, 3))
    torch.nn.init.zeros_(other[0].weight)
    out = tmp_path / "out"
    result = merge_files(other, out, **files, beta=0.3, betas=[0.0, 0.3])
    assert result["widths"]["h0"] < 16
    assert result["curve"]["widths"]["h0"] == [16, result["widths"]["h0"]]
    state = read_state(out / "merged.safetensors")
    small = resized(model, state)
    x = torch.randn(4, 5)
    assert small(x).shape == (4, 3) and small[0].out_features == result["widths"]["h0"]
    assert result["parameters"] == sum(p.numel() for p in small.parameters())
    groups = json.loads((out / "groups.json").read_text())
    assert sorted(i for units in groups["h0"] for i in units) == list(range(16))
    assert yaml.safe_load((out / "spec.yaml").read_text()) == spec.to_dict()
    assert (out / "curve.png").read_bytes().startswith(b"\x89PNG")
    json.dumps(result)


def test_networks_are_evaluated(given, tmp_path):
    model, spec, _ = given
    x = torch.randn(9, 5)
    y = model(x).argmax(dim=1)

    def accuracy(merged):
        return float((merged(x).argmax(dim=1) == y).float().mean())

    options = {"betas": [0.0], "beta": 0.0, "evaluate": accuracy, "value": "accuracy"}
    result = merge_files(model, tmp_path, spec=spec, **options)
    assert result["accuracy"] == 1.0 and result["curve"]["values"] == [1.0]
    assert "| accuracy |" in result["table"].splitlines()[0]


def test_classes_that_cannot_be_merged_are_kept_on_request(tmp_path):
    model = nn.Sequential(
        *(nn.Linear(3, 8), nn.LayerNorm(8), nn.Linear(8, 9), nn.ReLU(), nn.Linear(9, 2))
    )
    axes = {"0.weight": ["a", None], "[01].*": ["a"], "2.weight": ["b", "a"], "2.bias": ["b"]}
    axes |= {"4.weight": [None, "b"], "4.bias": [None]}
    spec = declare_spec(model.state_dict(), axes)
    with pytest.raises(
        ValueError,
        match=r"class 'a' .*tensor '1.weight'.*'keep_unmergeable' leaves \['a'\] as they are",
    ):
        merge_files(model, tmp_path, spec=spec)
    result = merge_files(model, tmp_path, spec=spec, keep_unmergeable=True, betas=[0.1])
    assert list(result["widths"]) == ["b"] and "'1.weight'" in result["kept"]["a"]
    with pytest.raises(ValueError, match="no class to be merged"):
        merge_files(model, tmp_path, spec=spec, keep_unmergeable=True, freeze=["b"])


def test_wrong_files_are_named(given, mlp, tmp_path):
    model, _, files = given
    with pytest.raises(ValueError, match="tensor '0.weight' of .*shape .16, 5., in the network"):
        merge_files(mlp((5, 17, 12, 3))[0], tmp_path, **files)
    with pytest.raises(ValueError, match="tensor '6.weight' of .*the file does not have it"):
        merge_files(mlp((5, 16, 12, 3, 2))[0], tmp_path, **files)
    with pytest.raises(ValueError, match="'beta' must be between"):
        merge_files(model, tmp_path, **files, beta=2.0)
    with pytest.raises(ValueError, match="'spec' or example 'inputs' are needed"):
        merge_files(model, tmp_path, weights=files["weights"])
    (tmp_path / "wrong.yaml").write_text("- 1\n")
    with pytest.raises(ValueError, match="wrong.yaml' must hold 'classes' and 'axes'"):
        merge_files(model, tmp_path, weights=files["weights"], spec=tmp_path / "wrong.yaml")
