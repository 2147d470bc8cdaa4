import json

import pytest

from pyg_symm.run import benchmark, compose_config

SUITE = [
    "suite=lcm/second_minimum",
    "suite.axes.aggr=[sum,lcm]",
    "suite.axes.seed=[0,1]",
    "overrides=['trainer=smoke','data.num_train=256','data.num_test=16','hidden_channels=8']",
]


def test_fills_a_table_and_draws_a_figure(tmp_path, capsys):
    table = benchmark(compose_config("benchmark", [*SUITE, f"run_dir={tmp_path}"]))
    assert list(table) == ["sum", "lcm"]
    assert table["lcm"]["32"]["runs"] == 2
    assert json.loads((tmp_path / "table.json").read_text()) == table
    assert "| lcm" in capsys.readouterr().out
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_finished_runs_are_not_repeated_and_cut_ones_are(tmp_path):
    cfg = compose_config("benchmark", [*SUITE, f"run_dir={tmp_path}"])
    benchmark(cfg)
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
