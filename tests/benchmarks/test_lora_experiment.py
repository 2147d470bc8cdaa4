import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

import lora_experiment  # noqa: E402
from lora_experiment import MERGES, draw, equal_norms, experiment, table, trained  # noqa: E402

from pyg_symm.weights.lora import concat_adapters  # noqa: E402


def test_norms_are_made_equal():
    _, adapters = trained(0, steps=2, adapter_steps=2)
    weights = equal_norms(adapters)
    norms = [
        sum(adapter.delta(name).square().sum() for name in adapter).sqrt() for adapter in adapters
    ]
    scaled = [weight * norm for weight, norm in zip(weights, norms, strict=True)]
    torch.testing.assert_close(scaled, [scaled[0]] * 3)
    whole = concat_adapters(adapters, weights=weights)
    assert set(whole) == set(adapters[0]) and len(whole) == 12


def test_an_experiment_has_all_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(lora_experiment, "SCALES", (0.5, 1.0))
    rows = experiment(0, steps=3, adapter_steps=3)
    assert list(rows) == ["base model", "own adapter of each task", *MERGES]
    assert rows["SVD"]["scale"] in (0.5, 1.0)
    assert rows["sum of updates (rank 24)"]["error"] < 1e-6
    assert rows["SVD"]["energy"] >= max(rows[f"LEGO, {p}"]["energy"] for p in ("paper", "gauge"))
    text = table([rows, rows]).splitlines()
    assert text[2].startswith("| base model ") and len(text) == 2 + len(rows)
    draw([rows, rows], tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
