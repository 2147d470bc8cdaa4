import json
import subprocess
import sys

import pytest
from omegaconf import OmegaConf

from pyg_symm.run import benchmark, compose_config
from pyg_symm.run.benchmark import _cells

SUITE = [
    "suite=lcm/second_minimum",
    "suite.axes.aggr=[sum,lcm]",
    "suite.axes.seed=[0,1]",
    "overrides=[trainer=smoke,data.limit=64,data.batch_size=32]",
]


def test_fills_a_table_and_draws_a_figure(tmp_path, capsys):
    table = benchmark(compose_config("benchmark", [*SUITE, f"run_dir={tmp_path}"]))
    assert list(table) == ["sum", "lcm"]
    assert table["lcm"]["32"]["runs"] == 2
    assert json.loads((tmp_path / "table.json").read_text()) == table
    assert "| lcm" in capsys.readouterr().out
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_finished_runs_are_not_repeated_and_cut_ones_are(tmp_path, capsys):
    cfg = compose_config("benchmark", [*SUITE, f"run_dir={tmp_path}", "progress=false"])
    benchmark(cfg)
    assert "run/s" not in capsys.readouterr().err
    files = sorted(tmp_path.glob("*/metrics.json"))
    assert len(files) == 4
    times = {file: file.stat().st_mtime_ns for file in files}
    files[0].unlink()
    benchmark(cfg)
    changed = [file for file in files if file.stat().st_mtime_ns != times[file]]
    assert changed == files[:1]


def test_wrong_names_show_before_any_run(tmp_path):
    cfg = compose_config(
        "benchmark", [*SUITE, f"run_dir={tmp_path}", "suite.axes.aggr=[sum,no_such]"]
    )
    with pytest.raises(Exception, match="no_such"):
        benchmark(cfg)
    assert not list(tmp_path.glob("*/metrics.json"))


def test_processes_give_the_same_numbers(tmp_path):
    one = benchmark(compose_config("benchmark", [*SUITE, f"run_dir={tmp_path / 'one'}"]))
    two = benchmark(
        compose_config("benchmark", [*SUITE, f"run_dir={tmp_path / 'two'}", "workers=2"])
    )
    assert one == two


def test_a_cell_belongs_to_its_config(tmp_path):
    benchmark(compose_config("benchmark", [*SUITE, f"run_dir={tmp_path}"]))
    other = [*SUITE[:-1], "overrides=[trainer=smoke,data.limit=64,data.batch_size=16]"]
    table = (tmp_path / "table.md").read_text()
    with pytest.raises(ValueError, match="'data.batch_size' is 32 there and 16 here .*overwrite"):
        benchmark(compose_config("benchmark", [*other, f"run_dir={tmp_path}"]))
    assert (tmp_path / "table.md").read_text() == table
    replaced = compose_config("benchmark", [*other, f"run_dir={tmp_path}", "overwrite=true"])
    benchmark(replaced)
    cells = list(tmp_path.glob("*/config.yaml"))
    assert len(cells) == 4 and all("batch_size: 16" in cell.read_text() for cell in cells)


def test_results_of_another_cell_are_named_before_any_run(tmp_path):
    cfg = compose_config("benchmark", [*SUITE, f"run_dir={tmp_path}"])
    benchmark(cfg)
    first, second = sorted(tmp_path.glob("*/metrics.json"))[:2]
    assert first.read_text() != second.read_text()
    first.write_text(second.read_text())
    with pytest.raises(ValueError, match=rf"{first.parent.name}/metrics.json' is damaged"):
        benchmark(cfg)


def test_a_folder_can_be_moved(tmp_path):
    table = benchmark(compose_config("benchmark", [*SUITE, f"run_dir={tmp_path / 'old'}"]))
    (tmp_path / "old").rename(tmp_path / "new")
    files = {file: file.stat().st_mtime_ns for file in tmp_path.glob("new/*/metrics.json")}
    assert len(files) == 4
    cfg = compose_config("benchmark", [*SUITE, f"run_dir={tmp_path / 'new'}"])
    assert benchmark(cfg) == table
    assert {file: file.stat().st_mtime_ns for file in files} == files


@pytest.mark.parametrize("content", ["{", "[1]", "{}", '{"test/exact": "x"}'])
def test_damaged_results_are_named_before_any_run(tmp_path, content):
    cfg = compose_config("benchmark", [*SUITE, f"run_dir={tmp_path}"])
    benchmark(cfg)
    files = sorted(tmp_path.glob("*/metrics.json"))
    files[0].write_text(content)
    files[1].unlink()
    with pytest.raises(ValueError, match=rf"{files[0].parent.name}/metrics.json' is damaged"):
        benchmark(cfg)
    assert not files[1].exists()


def test_plain_axes_give_the_config_that_composing_gives(tmp_path):
    cfg = compose_config("benchmark", [*SUITE, f"run_dir={tmp_path}"])
    for cell in _cells(cfg, tmp_path):
        axes = cell.folder.name.split(",")
        fixed = ["experiment=lcm/second_minimum_small", "threads=1", "progress=false"]
        run_dir = f"run_dir={cell.folder}"
        whole = compose_config("train", [*fixed, *cfg.overrides, *axes, run_dir])
        assert OmegaConf.to_container(whole, resolve=True) == cell.config


def test_workers_know_the_configs_of_the_user(tmp_path):
    folder = tmp_path / "mine"
    (folder / "suite").mkdir(parents=True)
    (folder / "experiment").mkdir()
    (folder / "experiment" / "mine.yaml").write_text(
        "# @package _global_\ndefaults:\n  - /experiment/lcm/second_minimum_small\n  - _self_\n"
        "name: mine\nhidden_channels: 4\n"
    )
    (folder / "suite" / "mine.yaml").write_text(
        "name: mine\ntitle: mine\nexperiment: mine\nrows: aggr\n"
        "axes:\n  aggr: [sum, max]\nmetrics:\n  test/exact: exact\n"
        "overrides: [trainer=smoke]\nfigure:\n  kind: bars\n  y: exact\n"
    )
    arguments = ["--config-dir", str(folder), "suite=mine", "workers=2", f"run_dir={tmp_path}/out"]
    command = [sys.executable, "-m", "pyg_symm.run.cli", "benchmark", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").glob("aggr=*/metrics.json"))) == 2
