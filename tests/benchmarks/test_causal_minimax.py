import csv
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

import causal_minimax as benchmark  # noqa: E402
from causal_minimax_data import MICE, Split, read_mice  # noqa: E402
from causal_minimax_report import report, summary  # noqa: E402


@pytest.fixture
def split():
    rng = np.random.default_rng(0)
    y, a, b = rng.normal(size=(3, 150))
    m = np.where(np.arange(150) % 2, 0.5, -0.5) * y + 0.5 * a
    x = np.stack([m, y * m + b], 1)
    graph = nx.DiGraph([("E", "M"), ("Y", "M"), ("M", "X"), ("Y", "X")])
    tests = [(x[100:125], y[100:125]), (x[125:], y[125:])]
    env = np.arange(100) % 2
    return Split("simulation", "0", graph, ["M", "X"], x[:100], y[:100], env, tests)


@pytest.mark.parametrize("name", ["all corrections", "constant start, networks"])
def test_a_fit_has_risks_and_errors_of_all_sets(split, name, monkeypatch):
    monkeypatch.setattr(benchmark.Measured, "_steps", 3)
    kind, options = benchmark.variants(8)[name]
    found = benchmark.run(split, kind, options, seed=0)
    assert found["classes"] == [[], ["X"]]
    # In the last place all stable variables, which are the second set here.
    assert len(found["estimates"]) == 3 and np.array(found["true"]).shape == (3, 2)
    np.testing.assert_allclose(found["true"][2], found["true"][1], rtol=1e-4)
    if name.startswith("constant"):
        # All starts are one.
        np.testing.assert_allclose(found["lower"], found["estimates"], rtol=1e-4)
    assert summary(found, "true")["oracle"] == pytest.approx(np.max(found["true"], 1)[:2].min())


def test_reports(split, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark.Measured, "_steps", 3)
    kind, options = benchmark.variants(4)["all corrections"]
    results = {"all corrections|simulation|0": benchmark.run(split, kind, options, 0)}
    results["baselines|simulation|0"] = benchmark.run_baselines(split, 4)
    text = report(results, tmp_path)
    assert "| training mean" in text and "| minimax subset" in text and "| X " in text
    assert (tmp_path / "figure.png").stat().st_size > 5_000


def test_splits_of_mice(tmp_path):
    (tmp_path / "impc").mkdir()
    with open(tmp_path / "impc" / "mouse.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["geno", *MICE])
        writer.writerows([line, *range(6)] for line in range(14) for _ in range(3))
    splits = read_mice(tmp_path)
    assert len(splits) == 45
    assert all(len(split.test) == 8 and len(split.y) == 18 for split in splits)
    assert all({0, 2, 4, 7} < set(split.env) for split in splits)
