import json
from pathlib import Path

import pytest
import torch
from hydra.errors import InstantiationException
from torch_geometric.nn import MLP

from pyg_symm.run import compose_config, run_job, train
from pyg_symm.weights import trace_spec
from pyg_symm.weights.files import read_spec, read_state, write_state

MATCHERS = sorted(f.stem for f in Path(__file__).parents[2].glob("conf/job/matcher/*.yaml"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for seed in range(2):
        overrides = ["experiment=weight_matching/graphs", "trainer=smoke", "progress=false"]
        overrides += ["hidden_channels=12", f"seed={seed}", f"run_dir={folder / f'seed={seed}'}"]
        train(compose_config("train", overrides))
    return folder


def match(runs, out, *overrides):
    base = ["job=match_weights", f"job.runs={runs}/seed*", "job.num_points=3", f"run_dir={out}"]
    return run_job(compose_config("job", [*base, *overrides]))


@pytest.mark.parametrize("matcher", MATCHERS)
def test_the_networks_of_runs_are_matched(runs, matcher, tmp_path):
    options = ["job.matcher.epochs=1"] if matcher == "loss" else []
    result = match(runs, tmp_path, f"job/matcher={matcher}", *options)
    (row,) = result["pairs"]
    assert row["pair"] == ["seed=0", "seed=1"]
    for way in ("naive", "matched"):
        assert row[way]["barrier/loss"] >= 0 and 0 <= row[way]["middle/acc"] <= 1
    assert json.loads((tmp_path / "result.json").read_text())["pairs"][0]["pair"] == row["pair"]
    for name in ("barrier.png", "alignment.png", "singular_values.png", "table.md", "spec.yaml"):
        assert (tmp_path / name).is_file()
    assert set(read_spec(tmp_path / "spec.yaml").classes.values()) == {12}
    merged = read_state(tmp_path / "merged.safetensors")
    aligned = [read_state(f) for f in sorted((tmp_path / "aligned").glob("*"))]
    torch.testing.assert_close(merged["lin.weight"], sum(s["lin.weight"] for s in aligned) / 2)


def test_settings(runs, tmp_path):
    plain = match(runs, tmp_path / "a", "job.calibrate=false", "job.split=val")
    merged = read_state(tmp_path / "a" / "merged.safetensors")
    aligned = [read_state(f) for f in sorted((tmp_path / "a" / "aligned").glob("*"))]
    name = next(name for name in merged if name.endswith("running_mean"))
    torch.testing.assert_close(merged[name], (aligned[0][name] + aligned[1][name]) / 2)
    spec = tmp_path / "a" / "spec.yaml"
    classes = list(read_spec(spec).classes)
    frozen = match(
        runs, tmp_path / "b", f"job.spec={spec}", f"job.freeze=[{','.join(classes[:2])}]"
    )
    assert list(read_spec(tmp_path / "b" / "spec.yaml").classes) == classes[2:]
    assert frozen["pairs"][0]["objective"] <= plain["pairs"][0]["objective"] + 1e-6


def test_wrong_runs_are_refused(runs, tmp_path):
    with pytest.raises(InstantiationException, match="FileNotFoundError.*'runs' has no folder"):
        match(tmp_path / "none", tmp_path / "out")
    with pytest.raises(InstantiationException, match="'runs' must name the folders of two"):
        match(runs, tmp_path / "out", f"job.runs='{runs}/seed=0'")


def test_files_of_weights_are_matched(tmp_path):
    model = MLP([4, 16, 16, 2], norm=None)
    spec = trace_spec(model, torch.randn(2, 4))
    write_state(tmp_path / "a.safetensors", model.state_dict())
    moved = spec.apply(model.state_dict(), spec.random(torch.Generator().manual_seed(0)))
    write_state(tmp_path / "b.safetensors", moved)
    network = "{_target_: torch_geometric.nn.MLP, channel_list: [4, 16, 16, 2], norm: null}"
    overrides = [
        "job=match_weights_files",
        f"job.models=[{tmp_path / 'a.safetensors'},{tmp_path / 'b.safetensors'}]",
        f"job.model={network}",
        "job.inputs=[{_target_: torch.zeros, size: [1, 4]}]",
        f"run_dir={tmp_path / 'out'}",
    ]
    result = run_job(compose_config("job", overrides))
    assert result["pairs"][0]["l2_reduction"] == 1
    merged = read_state(tmp_path / "out" / "merged.safetensors")
    torch.testing.assert_close(merged, dict(model.state_dict()), rtol=0, atol=0)
