import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

from harness import measure_kept  # noqa: E402
from lora import (  # noqa: E402
    DENSE,
    LEGO,
    OURS,
    RANDOMISED,
    adapters_of,
    assert_equal,
    dense_merge,
    report,
    step,
)

from pyg_symm.weights.lora import svd_merge  # noqa: E402


def test_dense_merges_equal_ours():
    adapters = adapters_of(48, 24)
    assert [adapter.rank("weight") for adapter in adapters] == [8, 8, 8]
    assert assert_equal(dense_merge(adapters), adapters, 1e-4) < 1e-5
    with pytest.raises(AssertionError, match="results differ by"):
        assert_equal(1.01 * dense_merge(adapters), adapters, 1e-4)


def test_randomised_merges_are_near():
    torch.manual_seed(0)
    adapters = adapters_of(64, 24)
    ours = svd_merge(adapters, 8).delta("weight")
    assert (dense_merge(adapters, randomised=True) - ours).norm() < 0.5 * ours.norm()


@pytest.mark.parametrize("name", [OURS, DENSE, RANDOMISED, *LEGO])
def test_steps_run(name):
    assert step(name, adapters_of(32, 24))() is not None


def test_a_measurement_is_one_process():
    found = measure_kept([str(FOLDER / "lora.py"), "--work", DENSE, "48", "24"], 120)
    assert found["seconds"] > 0 and found["error"] < 1e-4


def test_report_tells_ratios_and_exponents(tmp_path):
    def row(part, name, width, units, seconds):
        found = {"seconds": seconds, "megabytes": 1.0}
        return {"part": part, "name": name, "width": width, "units": units, **found}

    rows = [row("svd", OURS, 64, 24, 0.002), row("svd", DENSE, 64, 24, 0.5)]
    rows.append({"part": "svd", "name": RANDOMISED, "width": 64, "units": 24, "failed": "over 1 s"})
    rows += [row("lego, width", LEGO[0], d, 24, d / 1000) for d in (10, 100, 1000)]
    report(tmp_path, rows)
    table = (tmp_path / "table.md").read_text()
    assert "| 64    | 2.00               | 500       | 250   | over 1 s       |       |" in table
    assert "LEGO, paper, over width: time d^1.00" in table
