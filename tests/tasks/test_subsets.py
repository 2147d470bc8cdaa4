import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symm.metrics import subset_jaccard
from pyg_symm.nn.models import INSET, DeepSetsSelector
from pyg_symm.tasks import SubsetSelection


@pytest.fixture
def batch():
    torch.manual_seed(0)
    sizes = (5, 3, 8)
    sets = [Data(x=torch.randn(n, 4), y=torch.arange(n) < 2) for n in sizes]
    return Batch.from_data_list(sets)


@pytest.mark.parametrize("network", [INSET, DeepSetsSelector])
def test_scores(batch, network):
    task = SubsetSelection(network(4, 8)).eval()
    found = task.evaluate(batch)
    assert set(found) == {"jaccard", "jaccard_threshold", "jaccard_random"}
    assert all(count == 3 and 0 <= float(total) <= 3 for total, count in found.values())
    again = task.evaluate(batch)
    assert all(found[name][0] == again[name][0] for name in found)


def test_scores_are_those_of_the_selection(batch):
    task = SubsetSelection(DeepSetsSelector(4, 8)).eval()
    found = task.evaluate(batch)
    q = task(batch)
    best = torch.zeros_like(batch.y)
    for s in range(3):
        mine = (batch.batch == s).nonzero().view(-1)
        best[mine[q[mine].topk(2).indices]] = True
    expected = {
        "jaccard": subset_jaccard(best, batch.y, batch.batch).sum(),
        "jaccard_threshold": subset_jaccard(q > 0.5, batch.y, batch.batch).sum(),
    }
    for name, value in expected.items():
        assert float(found[name][0]) == pytest.approx(float(value))


def test_loss_is_that_of_the_network(batch):
    model = INSET(4, 8).eval()
    assert SubsetSelection(model).loss(batch) == model.loss(batch.x, batch.y, batch.batch)
