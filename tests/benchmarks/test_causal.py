import sys
from pathlib import Path

import networkx as nx
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

import causal as benchmark  # noqa: E402
import causal_peers as peers  # noqa: E402


@pytest.mark.parametrize("method", peers.METHODS)
def test_methods_find_the_same(method):
    for seed in range(6):
        graph = peers.random_graph(7, seed)
        assert nx.is_directed_acyclic_graph(graph) and len(graph) == 8
        assert peers.METHODS[method](graph) == peers.ours(graph)


def test_graphs_are_of_a_size_that_peers_can_do():
    for num, low, high in [(15, 40, 200), (25, 150, 600), (40, 1000, 3000)]:
        for seed in benchmark.SEEDS[num]:
            assert low <= len(peers.ours(peers.random_graph(num, seed))) <= high


def test_run_counts_classes(monkeypatch):
    monkeypatch.setattr(benchmark, "limit_memory", lambda gigabytes: None)
    monkeypatch.setitem(benchmark.SEEDS, 6, (1, 2))
    found = benchmark.run("networkx prototype", 6, 1)
    assert found["classes"] == benchmark.run("ours", 6, 1)["classes"] > 2
    assert found["classes_per_second"] == pytest.approx(found["classes"] / found["seconds"])


def test_table():
    rows = [
        {"variables": 15, "method": "ours", "classes": 90, "classes_per_second": 4000.0},
        {"variables": 15, "method": "plain", "classes": 90, "classes_per_second": 40.0},
        {"variables": 15, "method": "slow", "failed": "over 9 s"},
    ]
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in benchmark.table(rows).splitlines()
    ]
    assert lines[2:] == [
        ["15", "90", "ours", "4e+03", "1"],
        ["15", "90", "plain", "40", "100"],
        ["15", "", "slow", "over 9 s", ""],
    ]
