import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

import causal_molecules as benchmark  # noqa: E402

from pyg_symm.causal import GraphShift  # noqa: E402


@pytest.fixture
def shift():
    rng = np.random.default_rng(0)
    x = rng.integers(1, 9, size=(120, 6)).astype(float)
    env = np.array(list("abcdef"))[np.arange(120) % 6]
    y = x[:, 0] - x[:, 1] + 0.1 * rng.normal(size=120)
    x[:, 5] = 10 * (env > "c") - y
    return GraphShift(x, (*benchmark.CAUSES, "QED"), y, env, np.arange(120))


def test_load():
    found = benchmark.load(limit=200)
    assert found.names == (*benchmark.CAUSES, "QED") and "other" not in found.environments
    assert set(found.environments.values()) and min(found.environments.values()) >= 20


def test_run_and_table(shift):
    rows = benchmark.run(shift, split=0, linear=True)
    by_name = {row["method"]: row for row in rows}
    assert len(rows) == 7 and set(rows[0]) == set(benchmark.FIELDS)
    # Causes have the same effect everywhere; the child does not have the same causes.
    assert by_name["parents only"]["worst"] < 0.05
    assert by_name["causal minimax"]["worst"] < 0.1 < by_name["pooled on stable"]["worst"]
    second = [{**row, "split": 1, "worst": row["worst"] + 2} for row in rows]
    lines = benchmark.table(rows + second).splitlines()
    assert len(lines) == 9 and lines[4].split("|")[1].strip() == "parents only"
    mean = by_name["parents only"]["worst"] + 1
    assert lines[4].split("|")[2].strip() == f"{mean:.2f} ± 1.00"
