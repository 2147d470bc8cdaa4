import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pyg_symm.metrics import moses_table
from pyg_symm.run import compose_config, evaluate

SCRIPT = Path(__file__).parents[2] / "scripts" / "evaluate.py"
SAMPLES = ["CCO", "OCC", "c1ccccc1C", "C1CC", "C(C)(C)(C)(C)C", "CCN"]
TEST = ["CCO", "CCC", "Cc1ccccc1", "CCCCO"]
TRAIN = ["CCN", "CCCO", "CCCN", "CCCCN", "CCF", "CCCl"]


@pytest.fixture
def files(tmp_path):
    """Files of every kind, and the overrides that name them."""
    (tmp_path / "samples.smi").write_text("\n".join(SAMPLES) + "\n")
    (tmp_path / "test.csv").write_text("\n".join(["id,SMILES", *(f"1,{s}" for s in TEST)]) + "\n")
    with gzip.open(tmp_path / "train.txt.gz", "wt") as file:
        file.write("\n".join(TRAIN) + "\n")
    names = {"samples": "samples.smi", "test": "test.csv", "train": "train.txt.gz"}
    return {
        **{name: tmp_path / file for name, file in names.items()},
        "run_dir": tmp_path / "run",
        "data_root": tmp_path / "data",
        **{"fcd": "false", "filters": "false", "progress": "false"},
    }


def run(options, *overrides):
    options = [f"{name}={value}" for name, value in options.items()]
    return evaluate(compose_config("evaluate", [*options, *overrides]))


def test_table_as_text_and_files(files, capsys):
    content = run(files, "reference_line=true")
    expected = moses_table(
        SAMPLES, train=TRAIN, test=TEST, fcd=False, filters=False, progress=False
    )
    assert content["samples"] == {"n": 6, "n_valid": 4, **expected}
    assert content["train"]["n"] == 4 and content["train"]["Novelty"] == 0
    assert content["causes"]["valence"] == content["causes"]["syntax"] == pytest.approx(1 / 6)

    text = capsys.readouterr().out
    assert f"SNN/Test  {expected['SNN/Test']:>7.4f}" in text and "valence 0.1667" in text
    assert (files["run_dir"] / "table.txt").read_text() == text
    assert json.loads((files["run_dir"] / "table.json").read_text()) == content
    with (files["run_dir"] / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["set"] for row in rows] == ["samples", "train"]
    assert float(rows[0]["SNN/Test"]) == expected["SNN/Test"]
    assert "samples.smi" in (files["run_dir"] / "config.yaml").read_text()


def test_reference_sets_are_described_once(files, capsys):
    first = run(files)
    cached = list((files["data_root"] / "references").iterdir())
    assert [file.name.split("_")[0] for file in cached] == ["test"]
    before = cached[0].stat().st_mtime_ns
    assert run(files) == first and cached[0].stat().st_mtime_ns == before
    files["test"].write_text("SMILES\nCCO\n")
    run(files)
    assert len(list((files["data_root"] / "references").iterdir())) == 2


def test_the_draw_from_the_train_set_follows_the_seed(files, capsys):
    lines = [run(files, "reference_line=true", f"seed={seed}")["train"] for seed in (0, 0, 1, 2)]
    assert lines[0] == lines[1] and lines.count(lines[0]) < 4


def test_no_valid_molecules(files, capsys):
    files["samples"].write_text("C1CC\nx\n")
    content = run(files)
    assert (content["samples"]["n_valid"], content["samples"]["valid"]) == (0, 0)
    assert json.loads((files["run_dir"] / "table.json").read_text())["samples"]["logP"] is None
    assert "nan" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["samples", "test", "train"])
def test_missing_and_empty_files(files, name):
    files[name].unlink()
    with pytest.raises(FileNotFoundError, match=f"'{name}' must be a file.*{files[name].name}"):
        run(files)
    files[name] = files["samples"].parent / "empty.smi"
    files[name].write_text("")
    with pytest.raises(ValueError, match=f"'{name}' must hold at least one SMILES.*empty.smi"):
        run(files)
    assert not files["run_dir"].exists()


def test_a_draw_needs_a_train_set(files):
    with pytest.raises(ValueError, match="'reference_line' needs a 'train' set"):
        run(files, "reference_line=true", "train=null")


def test_script(files, tmp_path):
    options = [f"{name}={value}" for name, value in files.items()]
    command = [sys.executable, SCRIPT, *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(files["run_dir"])
    assert (files["run_dir"] / "table.csv").is_file()
