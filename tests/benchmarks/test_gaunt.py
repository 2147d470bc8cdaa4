import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

import gaunt_peers as peers  # noqa: E402
from gaunt import count, run, work  # noqa: E402
from gaunt_report import report  # noqa: E402
from harness import median_seconds  # noqa: E402


@pytest.fixture(autouse=True)
def small(monkeypatch):
    for name, value in (("ROWS", 6), ("NODES", 5), ("CHANNELS", 2)):
        monkeypatch.setattr(peers, name, value)


@pytest.mark.parametrize(
    "part, names",
    [
        ("product, truncated", ["ours", *peers.METHODS, "e3nn"]),
        ("product, full", ["ours", *peers.METHODS, "e3nn"]),
        ("convolution, 7 edges", ["ours", "e3nn"]),
        ("many-body", ["ours", "e3nn"]),
    ],
)
def test_peers_have_the_same_result(part, names):
    results = []
    for name in names:
        torch.manual_seed(0)
        module, inputs, function = work(part, name, 2, "cpu")
        if part == "many-body" and name == "ours":
            with torch.no_grad():
                module.weight.zero_()
                module.weight[-1] = 1
        out = function(*inputs).detach()
        if out.dim() == 3:  # Ours; e3nn has one channel or puts degrees first.
            sizes = [2 * degree + 1 for degree in range(round(out.size(2) ** 0.5))]
            out = torch.cat([part.flatten(1) for part in out.split(sizes, dim=2)], dim=1)
        results.append(out.reshape(-1).sort().values)
    for other in results[1:]:
        torch.testing.assert_close(other, results[0], atol=1e-4, rtol=1e-4)


def test_both_contains_even():
    torch.manual_seed(0)
    _, inputs, even = work("product, full", "ours", 2, "cpu")
    _, _, both = work("product, full", "ours, both", 2, "cpu")
    torch.testing.assert_close(both(*inputs)[:, :1], even(*inputs))
    assert peers.num_outputs("ours", 2, 4) == 5 and peers.num_outputs("ours, both", 2, 4) == 8
    # Degrees a and b have 2 min(a, b) + 1 products.
    found = [peers.num_outputs("e3nn full", degree, 2 * degree) for degree in range(1, 6)]
    assert found == [6, 19, 44, 85, 146]


def test_operations_grow_as_they_should():
    for method, power in (("grid", 4), ("halved", 4), ("separable", 3)):
        ratio = count(method, 15) / count(method, 7)  # From L + 1 = 8 to 16.
        assert 2**power * 0.85 < ratio < 2**power * 1.15


def test_run_and_report(tmp_path, capsys):
    found = run("many-body", "ours", 1, 8.0, "cpu")
    assert found["seconds"] > 0 and found["both"] > found["seconds"] / 10
    rows = [
        {"part": "product, full", "layer": layer, "degree": degree, **found}
        for layer in ("ours", "e3nn")
        for degree in (3, 4, 5)
    ]
    rows.append({"part": "product, full", "layer": "e3nn", "degree": 6, "failed": "over 1 s"})
    report(tmp_path, rows, [{"method": "grid", "degree": d, "operations": d**4} for d in (8, 16)])
    text = (tmp_path / "table.md").read_text()
    assert "| e3nn | " in text and "(1.0 x)" in text and "over 1 s" in text
    assert (tmp_path / "figure.png").exists() and (tmp_path / "results.csv").exists()
    assert text in capsys.readouterr().out


def test_median():
    calls = []
    assert median_seconds(lambda: calls.append(1)) >= 0
    assert len(calls) == 33
