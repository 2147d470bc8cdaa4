import csv
import json
import math

from pyg_symm.metrics.rows import rows_as_text, without_nan, write_rows

ROWS = {"samples": {"n": 3, "valid": 0.5}, "train": {"n": 4, "valid": math.nan}}


def test_text():
    assert rows_as_text(ROWS).splitlines() == [
        "       samples  train",
        "    n        3      4",
        "valid   0.5000    nan",
    ]


def test_files(tmp_path):
    write_rows(tmp_path, ROWS, "text", {"causes": {"valence": 0.1}})
    assert (tmp_path / "table.txt").read_text() == "text\n"
    content = json.loads((tmp_path / "table.json").read_text())
    assert content == {**ROWS, "train": {"n": 4, "valid": None}, "causes": {"valence": 0.1}}
    with (tmp_path / "table.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["set", "n", "valid"],
            ["samples", "3", "0.5"],
            ["train", "4", ""],
        ]
    assert len(list(tmp_path.iterdir())) == 3


def test_without_nan():
    assert without_nan({"a": math.nan, "b": {"c": math.nan, "d": 1}}) == {
        "a": None,
        "b": {"c": None, "d": 1},
    }
