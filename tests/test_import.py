"""Imports are cheap, and bring in no more than they need."""

import json
import subprocess
import sys

import pytest

HEAVY = ["rdkit", "hydra", "omegaconf", "pytorch_lightning", "matplotlib", "torchmetrics"]
SCRIPT = """
import json, sys, time
import torch_geometric.nn
before, start = set(sys.modules), time.process_time()
import {module}
seconds = time.process_time() - start
new = {{name.split(".")[0] for name in set(sys.modules) - before}}
print(json.dumps([seconds, sorted(new)]))
"""


def imported(module):
    command = [sys.executable, "-c", SCRIPT.format(module=module)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(out.splitlines()[-1])


@pytest.mark.parametrize(
    "module",
    [
        "pyg_symm",
        "pyg_symm.nn",
        "pyg_symm.testing",
        "pyg_symm.transforms",
        "pyg_symm.metrics",
        "pyg_symm.weights",
        "pyg_symm.causal",
    ],
)
def test_layers_load_nothing_heavy(module):
    _, new = imported(module)
    assert "pyg_symm" in new
    assert not set(HEAVY) & set(new)


def test_import_is_quick():
    assert min(imported("pyg_symm.nn")[0] for _ in range(3)) < 0.3


def test_datasets_wait_for_rdkit_until_it_is_needed():
    _, new = imported("pyg_symm.datasets")
    assert "rdkit" not in new and "hydra" not in new
