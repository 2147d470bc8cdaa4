import pytest
import torch
from torch.nn.functional import cross_entropy
from torch_geometric.nn import MLP

from pyg_symm.datasets import FamilyClasses
from pyg_symm.nn.models import AggregatorGIN
from pyg_symm.tasks import ClassSplits, GraphClassification, Trials


@pytest.fixture
def trials():
    torch.manual_seed(0)
    data = ClassSplits(lambda split: FamilyClasses(split, num_graphs=10), batch_size=4)
    return Trials(GraphClassification(AggregatorGIN(1, 8, 1, 3)), data)


def literal(model, batches):
    logits, y = [], []
    for b in batches:
        logits.append(model(b.x, b.edge_index, batch=b.batch, batch_size=b.num_graphs))
        y.append(b.y)
    return torch.cat(logits).detach(), torch.cat(y)


def test_another_network_is_evaluated_and_the_own_one_stays(trials):
    own, other = trials.model, AggregatorGIN(1, 8, 1, 3).eval()
    logits, y = literal(other, trials.batches)
    found = trials.evaluate(other)
    assert list(found) == ["loss", "acc"] and len(y) == 10
    assert found["loss"] == pytest.approx(cross_entropy(logits, y).item(), rel=1e-5)
    assert found["acc"] == pytest.approx((logits.argmax(1) == y).float().mean().item())
    assert trials.model is own and trials.evaluate(own) != found
    assert trials.evaluate(other) == found


def test_networks_are_called_as_the_task_does(trials):
    other = AggregatorGIN(1, 8, 1, 3).eval()
    batch = trials.batches[0]
    expected, _ = literal(other, [batch])
    torch.testing.assert_close(trials.forward(other, batch).detach(), expected)
    args, kwargs = trials.inputs()
    torch.testing.assert_close(other(*args, **kwargs).detach(), expected)
    scale = torch.ones(1, requires_grad=True)
    loss = trials.loss(lambda *a, **k: scale * other(*a, **k), batch)
    torch.testing.assert_close(loss.detach(), cross_entropy(expected, batch.y))
    (slope,) = torch.autograd.grad(loss, scale)
    assert slope != 0


def test_the_own_network_comes_back_after_an_error(trials):
    own = trials.model
    with pytest.raises(TypeError):
        trials.evaluate(MLP([1, 2]))
    assert trials.model is own


def test_splits(trials):
    assert sum(b.num_graphs for b in trials.train_batches) == 10
    data = ClassSplits(lambda split: FamilyClasses(split, num_graphs=10), batch_size=4)
    val = Trials(trials.task, data, "val")
    assert val.batches[0].y.shape == (4,) and val.batches is not val.train_batches
    train = Trials(trials.task, data, "train")
    assert train.batches is train.train_batches
    with pytest.raises(ValueError, match=r"'split' must be one of .*got 'all'"):
        Trials(trials.task, data, "all")
    data.parts["test"] = []
    with pytest.raises(ValueError, match="a batch to test on"):
        Trials(trials.task, data)
