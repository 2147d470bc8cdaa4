import argparse
import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))

from gpu_common import graphs_of  # noqa: E402
from gpu_rates import training_rate  # noqa: E402

from pyg_symm.datasets import SmilesGraphs  # noqa: E402
from pyg_symm.tasks.data.block_graph_set import BlockGraphSet  # noqa: E402
from pyg_symm.tasks.data.resident import ResidentGraphs  # noqa: E402


@pytest.fixture
def args(tmp_path):
    return argparse.Namespace(
        device=torch.device("cpu"),
        out=tmp_path,
        model="moses",
        resident=tmp_path / "resident.pt",
        shapes=[],
        num_shapes=1,
        seconds=0.1,
    )


def test_a_rate_is_measured_on_resident_graphs(args, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules["gpu_common"].NETWORKS, "tiny", (8, 4, 1))
    data = SmilesGraphs.nci5k(root=str(tmp_path), limit=16)
    kept = ResidentGraphs.of(BlockGraphSet(data, 3), "cpu")
    kept.node.clamp_(max=6)  # Classes that the bundled model knows.
    kept.edge.clamp_(max=3)
    torch.save({name: getattr(kept, name) for name in kept.__dataclass_fields__}, args.resident)
    training_rate(args, graphs_of(args), "tiny", "recorded", 8)
    (line,) = (args.out / "rows.jsonl").read_text().splitlines()
    assert '"what": "training"' in line and "graphs_per_second" in line
