import csv
import sys
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

from weights import STARTS, run  # noqa: E402
from weights_peers import plain_descent, planted, trained  # noqa: E402
from weights_report import line, report  # noqa: E402

from pyg_symm import datasets  # noqa: E402
from pyg_symm.weights import weight_matching  # noqa: E402


@pytest.fixture
def digits(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(100, 64, generator=generator)
    items = [Data(x=row[None], y=row[:10].argmax()[None]) for row in x]
    monkeypatch.setattr(datasets, "SmallDigits", lambda: items)


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_both_sides_find_what_is_planted(noise):
    spec, a, b = planted(32, noise, seed=0)
    permutation, objective = plain_descent(spec, a, b)
    match = weight_matching(spec, a, b)
    assert all(torch.equal(permutation[n], match.permutation[n]) for n in spec.classes)
    assert objective == pytest.approx(match.objective, rel=1e-9)
    if noise == 0:
        moved = spec.apply(b, permutation)
        assert all(torch.equal(moved[n], a[n]) for n in a)


def test_sides_agree_on_what_an_objective_is(digits):
    spec, a, b = trained(16, seed=0)
    permutation, objective = plain_descent(spec, a, b, num_starts=2)
    assert objective == pytest.approx(
        weight_matching(spec, a, b, init=permutation, num_starts=1).history[0], rel=1e-9
    )
    more = [plain_descent(spec, a, b, num_starts=num)[1] for num in (1, 2, 6)]
    assert more == sorted(more)


def test_starts_are_as_many_as_by_default(digits):
    spec, a, b = trained(16, seed=0)
    assert len(weight_matching(spec, a, b).starts) == STARTS


@pytest.mark.parametrize("kind", ["planted", "planted, noise 1", "trained"])
def test_rows_and_reports(kind, digits, tmp_path, capsys):
    rows = [
        {"kind": kind, "width": width, "starts": starts, **run(kind, width, starts, runs=1)}
        for width in (16, 24)
        for starts in (1, 2)
    ]
    assert all(row["ours seconds"] > 0 and row["plain seconds"] > 0 for row in rows)
    assert all(row["plain equal"] or kind == "trained" for row in rows)
    rows.append({"kind": kind, "width": 32, "starts": 1, "failed": "over 1 s"})
    assert line(rows[0]).startswith(kind) and line(rows[-1]).endswith("over 1 s")
    report(tmp_path, rows)
    with open(tmp_path / "results.csv", newline="") as file:
        assert [row["width"] for row in csv.DictReader(file)] == ["16", "16", "24", "24", "32"]
    table = (tmp_path / "table.md").read_text()
    assert f"{kind}, one start:" in table and "| 32 | over 1 s |" in table
    assert (tmp_path / "figure.png").stat().st_size > 1000
    assert capsys.readouterr().out.strip() == table.strip()
