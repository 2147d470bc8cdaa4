import subprocess
import sys
from pathlib import Path

import pytest

from pyg_symm.run import cli

SCRIPTS = Path(__file__).parents[2] / "scripts"


def test_usage_names_what_it_got(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["pyg-symm", "fly"])
    with pytest.raises(SystemExit, match="fly"):
        cli.main()


def test_scripts_are_doors_to_the_same_functions():
    for script in SCRIPTS.glob("*.py"):
        text = script.read_text()
        assert f"{script.stem}_main" in text and len(text.splitlines()) <= 7


def test_multirun_fills_a_table(tmp_path):
    command = [
        *(sys.executable, SCRIPTS / "train.py", "-m", "experiment=lcm/second_minimum_small"),
        *("aggr=sum,max", "trainer=smoke", "data.num_train=256", "hidden_channels=8"),
        *("progress=false", f"hydra.sweep.dir={tmp_path}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("aggr=*/metrics.json"))) == 2
    assert "| sum" in (tmp_path / "table.md").read_text()
    assert (tmp_path / "figure.png").is_file()
