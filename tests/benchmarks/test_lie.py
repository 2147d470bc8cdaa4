import json
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
pytest.importorskip("resource")

import lie
from lie_peers import PlainAffineResNet

from pyg_symm.groups import SL, GLPlus
from pyg_symm.nn.models import AffineResNet


@pytest.mark.parametrize("group", [SL(2), GLPlus(2)], ids=str)
def test_the_plain_network_has_equal_results_and_gradients(group):
    torch.manual_seed(0)
    model = AffineResNet(group, 2, 4, 3, num_blocks=2, num_samples=3, dropout=0.0).double()
    plain = PlainAffineResNet(model)
    x = torch.randn(2, 2, 16, 14, dtype=torch.double)  # Even sizes: odd ones pool differently.
    samples = model.draw(torch.Generator().manual_seed(0))
    assert [len(s) for s in samples] == [3, 3]
    grads = []
    for net in (model, plain):
        model.zero_grad()
        out = net(x, samples=samples)
        out.square().sum().backward()
        grads.append([out.detach(), *(p.grad.clone() for p in model.parameters())])
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b, atol=1e-9, rtol=1e-7)


def test_steps_are_timed_in_turn():
    found = lie.compare(lie.Case(GLPlus(2), 3, 3, 2, 14), runs=1)
    assert found["ours"] > 0 and found["error"] < 1e-5
    assert found["ratio"] == pytest.approx(found["plain"] / found["ours"])


def test_the_table_goes_on_where_it_was(tmp_path, monkeypatch, capsys):
    key = next(iter(lie.CASES))
    known = {"ours": 0.5, "plain": 1.5, "ratio": 3.0, "error": 1e-7}
    results = {f"{key}, 1 threads": known, f"{key}, memory, ours": {"failed": "out of memory"}}
    results[f"{key}, memory, plain"] = {"megabytes": 12.0}
    (tmp_path / "results.json").write_text(json.dumps(results))
    monkeypatch.setattr(lie, "CASES", {key: lie.CASES[key]})
    monkeypatch.setattr(sys, "argv", ["lie.py", "--folder", str(tmp_path), "--threads", "1"])
    lie.main()
    row = f"| {key} | 1 | 0.500 | 1.500 | 3.00 |  | 12 |"
    assert row in capsys.readouterr().out and row in (tmp_path / "table.md").read_text()
    assert (tmp_path / "results.csv").read_text().count("\n") == 2
    assert lie.line({"case": "a", "threads": 2, "failed": "over 9 s"}).count("|") == 8
