import json

import pytest

from pyg_symm.run import compose_config, run_job, train
from pyg_symm.run.feature_curves import spread


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two seeds of one width, and one of another."""
    folder = tmp_path_factory.mktemp("runs")
    overrides = ["experiment=weight_matching/graphs", "trainer=smoke", "progress=false"]
    for width, seed in ((12, 0), (12, 1), (8, 0)):
        more = [f"hidden_channels={width}", f"seed={seed}", f"run_dir={folder}/{width}_{seed}"]
        train(compose_config("train", [*overrides, *more]))
    return folder


def test_runs_are_grouped_by_a_setting(runs, tmp_path):
    overrides = ["job=feature_curves", f"job.runs={runs}", "job.betas=[0.0, 0.2, 0.5]"]
    overrides += ["job.shares=[1.0, 0.9]", f"run_dir={tmp_path}"]
    result = run_job(compose_config("job", overrides))
    assert result["runs"] == {"8": 1, "12": 2}
    _, units, _, _, _, sizes = result["table"].split("\n\n")
    assert "±" in units.splitlines()[3] and "±" not in units.splitlines()[2]
    rows = [line.split("|")[2].strip() for line in sizes.splitlines()[2:]]
    assert rows == 2 * ["ward", "ward, incoming", "paper", "magnitude"]
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    curves = json.loads((tmp_path / "curves.json").read_text())
    assert len(curves) == 3
    for run in curves.values():
        assert run["merged"]["paper"]["widths"].keys() == run["merged"]["ward"]["widths"].keys()
        assert all(values[0] == run["value"] for values in run["sizes"].values())


def test_known_curves_are_not_drawn_again(runs, tmp_path, monkeypatch):
    overrides = ["job=feature_curves", f"job.runs={runs}", "job.betas=[0.0]"]
    overrides += ["job.shares=[1.0]", f"run_dir={tmp_path}"]
    first = run_job(compose_config("job", overrides))
    monkeypatch.setattr("pyg_symm.run.feature_curves.compare_sizes", None)
    assert run_job(compose_config("job", overrides)) == first


def test_wrong_folders_and_settings_are_named(runs, tmp_path):
    overrides = ["job=feature_curves", f"job.runs={tmp_path}", f"run_dir={tmp_path / 'out'}"]
    with pytest.raises(Exception, match="'runs' must have training runs below it"):
        run_job(compose_config("job", overrides))
    overrides = ["job=feature_curves", f"job.runs={runs}", "job.by=moon"]
    with pytest.raises(Exception, match="'by' must be a setting of every run .got 'moon'"):
        run_job(compose_config("job", [*overrides, f"run_dir={tmp_path / 'out'}"]))


def test_means_and_deviations():
    assert spread([1.0, 3.0], ".1f") == "2.0 ± 1.4" and spread([0.5], ".2f") == "0.50"
    assert spread([1.0, None], ".1f") == "-"
