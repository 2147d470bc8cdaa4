import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

import weight_features  # noqa: E402
from weight_features import OURS, PLAIN, build, merges_of, table, work  # noqa: E402


def test_both_merge_the_same_pairs(monkeypatch):
    monkeypatch.setattr(weight_features, "INPUTS", 9)
    merges = merges_of(OURS, build(20), 20)
    assert merges == merges_of(PLAIN, build(20), 20) and len(merges) == 3 * 19
    found = [work(name, 12) for name in (OURS, PLAIN)]
    assert found[0]["digest"] == found[1]["digest"] and found[0]["merges"] == 33


def test_ratios_are_told():
    rows = [
        {"width": 8, "name": OURS, "seconds": 1.0, "merges": 21, "digest": "a"},
        {"width": 8, "name": PLAIN, "seconds": 5.0, "merges": 21, "digest": "b"},
        {"width": 16, "name": OURS, "seconds": 1.0, "merges": 45, "digest": "a"},
        {"width": 16, "name": PLAIN, "failed": "over 3 s"},
    ]
    lines = table(rows).splitlines()
    assert lines[2] == "| 8 | 21 | 1.00 s | 5.00 s | 5.0 | no |"
    assert lines[3] == "| 16 | 45 | 1.00 s | over 3 s |  |  |"


def test_a_process_prints_its_measurement():
    command = [sys.executable, str(FOLDER / "weight_features.py"), "--work", PLAIN, "10"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout)["merges"] == 27
