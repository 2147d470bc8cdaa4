import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

import nfe as benchmark  # noqa: E402
import nfe_peers as peers  # noqa: E402

from pyg_symm.datasets import KnowledgeGraph  # noqa: E402


@pytest.fixture
def graph(monkeypatch):
    monkeypatch.setattr(peers, "CHANNELS", 8)
    generator = torch.Generator().manual_seed(0)
    rows = torch.stack([torch.randint(n, (80,), generator=generator) for n in (12, 3, 12)])
    splits = {"train": rows, "val": rows[:, :20], "test": rows[:, 20:30]}
    return KnowledgeGraph(splits, [str(i) for i in range(12)], list("abc"))


@pytest.mark.parametrize("name", list(peers.SETTINGS))
def test_training(name, graph):
    found = peers.train(name, graph, epochs=6, levels=[0.01, 2.0])
    assert found["triples_per_second"] > 0 and 0 < found["best"] <= 1
    assert list(found["seconds_until"]) == ["0.01"]


def test_levels_count_if_most_seeds_reach_them(graph, monkeypatch):
    def once(name, graph, epochs, levels, seed):
        until = {"0.1": 3.0 + seed} | ({"0.2": 5.0} if seed == 0 else {})
        return {"triples_per_second": 8.0 - seed, "best": 0.1 * seed, "seconds_until": until}

    monkeypatch.setattr(peers, "train_once", once)
    found = peers.train("nfe1", graph, 2, [0.1, 0.2])
    assert found == {"triples_per_second": 7.0, "best": 0.1, "seconds_until": {"0.1": 4.0}}


def test_loss_of_pyg_for_the_same_model(graph):
    model = peers.build("nfe1, ComplEx's loss", graph)
    triples = graph.triples("train")
    torch.manual_seed(1)
    found = model.loss(*triples)
    torch.manual_seed(1)
    scores = model(*triples), model(*model.random_sample(*triples))
    labels = torch.ones_like(scores[0]), torch.zeros_like(scores[1])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.cat(scores), torch.cat(labels)
    )
    assert torch.equal(found, expected)


@pytest.mark.parametrize("way", [way for way in benchmark.WAYS if not way.startswith("PyKEEN")])
def test_rankings(way, graph):
    num, work = peers.rankings(way, graph)
    found = work()
    tests = len(graph.triples("test")[0])
    assert num == (tests if way.startswith("PyG") else 2 * tests)
    assert 0 < (found[1] if way.startswith("PyG") else found.mrr) <= 1


def test_pykeen_ranks_the_same(graph):
    pytest.importorskip("pykeen")
    _, theirs = peers.rankings("PyKEEN, nfe1", graph)
    _, ours = peers.rankings("ours, nfe1", graph)
    expected = theirs().get_metric("both.realistic.inverse_harmonic_mean_rank")
    assert ours().mrr == pytest.approx(expected, rel=1e-5)


def test_growth_and_report(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(benchmark, "limit_memory", lambda gigabytes: None)
    found = benchmark.growth(50, 1)
    assert found["seconds"] > 0
    rows = [
        {
            "part": "training",
            "name": "nfe1",
            "triples_per_second": 9.0,
            "best": 0.7,
            "seconds_until": {"0.6": 1.5},
        },
        {"part": "ranking", "name": "ours, nfe1", "queries_per_second": 12.0},
        {"part": "growth", "name": "1000", "seconds": 1.0, "megabytes": 4.0},
        {"part": "growth", "name": "10000", "seconds": 10.0, "megabytes": 8.0},
    ]
    benchmark.report(tmp_path, rows)
    text = capsys.readouterr().out
    assert "| nfe1  | 9         | 0.700    | 1.50" in text and "time N^1.00" in text
    assert (tmp_path / "results.csv").is_file() and (tmp_path / "table.md").is_file()
