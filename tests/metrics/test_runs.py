import json

import pytest

from pyg_symm.metrics.runs import read_runs, tabulate, write_report


def fill(folder, name, **metrics):
    (folder / name).mkdir()
    (folder / name / "metrics.json").write_text(json.dumps(metrics))


def test_means_spreads_and_best_epoch(tmp_path):
    fill(tmp_path, "aggr=sum,data.fold=0", acc=0.5, curves={"test": [0.1, 0.9, 0.3]})
    fill(tmp_path, "aggr=sum,data.fold=1", acc=0.7, curves={"test": [0.5, 0.2, 0.9]})
    suite = {"rows": "aggr", "metrics": {"acc": "accuracy"}, "curve": "test"}
    row = tabulate(read_runs(tmp_path), suite)["sum"]
    assert abs(row["accuracy"]["mean"] - 0.6) < 1e-9
    assert abs(row["accuracy"]["std"] - 0.1) < 1e-9
    # Averages over folds are 0.3, 0.55 and 0.6: the last epoch is best.
    assert abs(row["best epoch of the average"]["mean"] - 0.6) < 1e-9


def test_columns_by_an_axis(tmp_path):
    fill(tmp_path, "task=a,aggr=sum", acc=0.5)
    fill(tmp_path, "task=b,aggr=sum", acc=0.7)
    suite = {
        "title": "t",
        "rows": "aggr",
        "columns": "task",
        "metrics": {"acc": "acc"},
        "figure": {"kind": "bars", "y": "acc"},
    }
    table = write_report(tmp_path, suite)
    assert {name: cell["mean"] for name, cell in table["sum"].items()} == {"a": 0.5, "b": 0.7}
    text = (tmp_path / "table.md").read_text()
    assert text.startswith("t (one run)") and "±" not in text  # One run has no spread.


def test_figure_draws_the_columns_it_is_told(tmp_path):
    for seed in range(2):
        fill(tmp_path, f"aggr=sum,seed={seed}", small=0.5 + seed, large=0.1, other=9.0)
    suite = {
        "title": "t",
        "rows": "aggr",
        "metrics": {"small": "16", "large": "32", "other": "changed"},
        "figure": {"kind": "lines", "x": "size", "y": "acc", "columns": ["16", "32"]},
    }
    write_report(tmp_path, suite)
    assert "| 1.000 ± 0.500 | 0.100 ± 0.000 |" in (tmp_path / "table.md").read_text()
    assert (tmp_path / "figure.png").stat().st_size > 1000


def test_curves_and_digits_of_a_suite(tmp_path):
    fill(tmp_path, "model=a", mse=0.00437, curves={"seconds": [1.0, 2.0], "val": [0.2, 0.1]})
    suite = {"title": "t", "rows": "model", "metrics": {"mse": "MSE"}, "digits": 4}
    suite["figure"] = {"kind": "curves", "curve": "val", "y": "error"}
    write_report(tmp_path, suite)
    assert "| 0.0044 " in (tmp_path / "table.md").read_text()
    assert (tmp_path / "figure.png").stat().st_size > 1000


def test_rows_keep_the_order_of_the_suite(tmp_path):
    for name in ("b", "a"):
        fill(tmp_path, f"aggr={name}", acc=1.0)
    suite = {"rows": "aggr", "metrics": {"acc": "acc"}, "axes": {"aggr": ["b", "a"]}}
    assert list(tabulate(read_runs(tmp_path), suite)) == ["b", "a"]


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"acc": 0.5'])
def test_damaged_metrics_are_named(tmp_path, text):
    fill(tmp_path, "aggr=a", acc=1.0)
    fill(tmp_path, "aggr=b", acc=1.0)
    (tmp_path / "aggr=b" / "metrics.json").write_text(text)
    with pytest.raises(ValueError, match=r"'.*aggr=b.*metrics.json' is damaged: remove it"):
        read_runs(tmp_path)


def test_rows_are_sorted_by_number_and_name(tmp_path):
    for width in (16, 8):
        for model in ("spen", "gin"):
            fill(tmp_path, f"hidden_channels={width},model={model}", acc=0.5)
    suite = {"rows": ["hidden_channels", "model"], "metrics": {"acc": "accuracy"}}
    rows = list(tabulate(read_runs(tmp_path), suite))
    assert rows == ["8, gin", "8, spen", "16, gin", "16, spen"]
