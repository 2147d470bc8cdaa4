import gzip
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    "override, message",
    [
        ("fcd=maybe", "'fcd' must be true, false or auto \\(got 'maybe'\\)"),
        ("filters=perhaps", "'filters' must be true or false \\(got 'perhaps'\\)"),
        ("progress=2", "'progress' must be true or false \\(got 2\\)"),
        ("workers=0", "'workers' must be a positive number \\(got 0\\)"),
        ("workers=two", "'workers' must be a positive number \\(got 'two'\\)"),
        ("device=nowhere", "'device' is not available here \\(got 'nowhere'\\)"),
        ("family=planar", "'family' is an option for graphs, and '.*smi' is a file of molecules"),
        ("kind=tree", "'kind' is an option for graphs"),
        ("+sizes.num_nodes=3", "'sizes' is an option for graphs"),
    ],
)
def test_wrong_options_are_refused_before_files_are_read(files, override, message):
    files["samples"].unlink()
    with pytest.raises(ValueError, match=message):
        run(files, override)
    assert not files["run_dir"].exists()


@pytest.mark.parametrize("name", ["train", "test", "test_scaffolds"])
def test_reference_sets_are_for_molecules(files, name):
    with pytest.raises(ValueError, match=f"'{name}' is an option for molecules, and 'a.g6' is"):
        run({"samples": "a.g6", name: "b.smi"})


def test_script(files, tmp_path):
    options = [f"{name}={value}" for name, value in files.items()]
    command = [sys.executable, SCRIPT, *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(files["run_dir"])
    assert (files["run_dir"] / "table.csv").is_file()
