import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

from doubled import DoubledDenoiser  # noqa: E402
from pard import SMALL, check, workload  # noqa: E402

from pyg_symm.nn.models import BlockDenoiser  # noqa: E402


@pytest.fixture(autouse=True)
def own_data(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("PYG_SYMM_DATA", str(tmp_path_factory.getbasetemp() / "benchmark_data"))


def test_all_samplers_make_the_same_graphs():
    check("NCI", None)


def test_the_plain_form_has_the_size_of_ours_and_does_not_leak():
    model, graphs = workload("NCI", 4, 3, SMALL, None)
    known = model.config.statistics
    states = model.config.num_node_states, model.config.num_edge_states
    sizes = {**SMALL, "max_blocks": known.max_blocks}
    plain = DoubledDenoiser(*states, known.max_degree, **sizes).eval()
    ours = BlockDenoiser(*states, known.max_degree, **sizes, norm="batch")
    count = [sum(p.numel() for p in network.parameters()) for network in (plain, ours)]
    assert abs(count[0] - count[1]) < 0.01 * count[1]
    time = torch.rand(4)
    with torch.no_grad():
        node, pair = plain(graphs, graphs.node, graphs.edge, time)
        late = graphs.block_id >= 2
        noisy = torch.where(late, 0, graphs.node)
        other, _ = plain(graphs, noisy, graphs.edge, time)
    early = graphs.mask & ~late
    assert torch.equal(node[early], other[early])
    torch.testing.assert_close(pair, pair.transpose(1, 2))
