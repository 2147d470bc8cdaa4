import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

import ponita_ratios  # noqa: E402
from harness import measure  # noqa: E402
from ponita import GROWTH, OURS, PLAIN, RADIUS, Case, assert_equal, batch_of, build, step  # noqa: E402
from ponita_report import report  # noqa: E402

TINY = Case(3, 4, 12, 8, 8, 2)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("case", [TINY, TINY._replace(cutoff=3.0, orientations=16)])
def test_plain_network_equals_ours(case):
    given = {k: v.double() if v.is_floating_point() else v for k, v in batch_of(case).items()}
    plain = build(PLAIN, case).double()
    outs = plain.model(**given), plain(**given)
    torch.testing.assert_close(*outs, atol=1e-11, rtol=1e-11)
    assert_equal(plain, given)
    hook = plain.conv.register_forward_hook(lambda _, args, out: out + args[0])
    with pytest.raises(AssertionError, match="results differ by"):
        assert_equal(plain, given)
    hook.remove()


@pytest.mark.parametrize("name", [OURS, PLAIN, "EGNN", "SchNet"])
def test_steps_give_every_network_gradients(name):
    net, given = build(name, TINY), batch_of(TINY)
    for mode in ("training step", "training step with forces", "inference"):
        net.zero_grad()
        step(name, mode, net, given)()
        found = [p for p in net.parameters() if p.grad is not None and bool(p.grad.any())]
        assert bool(found) == (mode != "inference")


def test_random_points_have_as_many_neighbours_as_wanted():
    given = batch_of(GROWTH["4,000 nodes"])
    offset = given["pos"][given["edge_index"][0]] - given["pos"][given["edge_index"][1]]
    assert float(offset.norm(dim=1).max()) < RADIUS
    assert 10 < given["edge_index"].size(1) / 4000 < 14  # Fewer at the faces of the box.


def test_report_tells_ratios_and_exponents(tmp_path):
    def row(part, case, name, seconds, edges):
        found = {"seconds": seconds, "plain_seconds": 2 * seconds, "megabytes": 10 * seconds}
        return {"part": part, "case": case, "mode": "m", "name": name, "edges": edges, **found}

    failed = {"part": "cases", "case": "a", "mode": "m", "name": "y", "failed": "over 180 s"}
    rows = [row("cases", "a", "x", 0.5, 9), row("cases", "a", "z", 1.0, 9), failed]
    rows += [row("growth", str(n), "x", n / 100, n) for n in (10, 100, 1000)]
    report(tmp_path, rows)
    table = (tmp_path / "table.md").read_text()
    assert "| a | m | x | 0.5000 | 1.00 | 1.0000 | 1.00 | 5.0 | 1.00 |" in table
    assert "| a | m | z | 1.0000 | 2.00 | 2.0000 | 2.00 | 10.0 | 2.00 |" in table
    assert "| a | m | y | over 180 s |" in table
    assert "- x, m: time E^1.00, memory E^1.00; 1,000 edges: 10.000 s, 100 MB" in table
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 7


@pytest.mark.slow
def test_measures_a_network():
    command = [str(FOLDER / "ponita.py"), "--work", PLAIN, "training step", "250 nodes"]
    found = measure(command, seconds=120, thrice=False)
    assert found["seconds"] > 0 and found["megabytes"] > 0 and found["edges"] > 1000


def test_steps_in_turn(monkeypatch):
    monkeypatch.setattr(ponita_ratios, "CASES", {"tiny": TINY})
    found = ponita_ratios.work("tiny", "inference", rounds=3)
    assert list(found) == ["wall", OURS, "PONITA, chunks", PLAIN]
    assert found["wall"] > 0 and all(len(found[name]) == 4 for name in (OURS, PLAIN))
    assert found[OURS][1:] == [1.0, 1.0, 1.0]
    assert list(ponita_ratios.work("tiny", "training step", rounds=2)) == ["wall", OURS, PLAIN]
