import sys
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))

from weights_starts import KINDS, match_pair, table  # noqa: E402

from pyg_symm import datasets  # noqa: E402


def test_every_start_is_counted(monkeypatch):
    x = torch.rand(60, 64, generator=torch.Generator().manual_seed(0))
    items = [Data(x=row[None], y=row[:10].argmax()[None]) for row in x]
    monkeypatch.setattr(datasets, "SmallDigits", lambda: items)
    found = match_pair(12, seed=0, more=2)
    assert [len(found[kind]) for kind in KINDS] == [1, 1, 2, 1, 2]
    assert all(value > 0 and seconds >= 0 for ends in found.values() for value, seconds in ends)


def test_trapped_starts_are_far_below_the_best_of_their_pair():
    pair = {kind: [(100.0, 0.1)] for kind in KINDS}
    other = {kind: [(10.0, 0.3)] for kind in KINDS}
    pair[KINDS[4]], other[KINDS[0]] = [(96.0, 0.1), (98.0, 0.1)], [(9.0, 0.3)]
    rows = table([pair, other]).splitlines()
    assert rows[2] == f"| {KINDS[0]} | 2 | 1 | 0.9500 | 0.900 | 0.2 |"
    assert rows[3] == f"| {KINDS[1]} | 2 | 0 | 1.0000 | 1.000 | 0.2 |"
    assert rows[6].startswith(f"| {KINDS[4]} | 3 | 1 |")
    assert pytest.approx(0.98) == float(rows[6].split("|")[4])
