import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.tasks import PointData, ScalarRegression, VectorRegression
from pyg_symm.tasks.data.packed import PackedGraphs


class Fixed(torch.nn.Module):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, x, pos, edge_index=None, batch=None, vec=None):
        return self.answer


def graphs():
    z = [torch.tensor(kinds) for kinds in ([1, 1], [1, 8], [8, 8], [1, 1, 8])]
    y = [[20.0, 1.0], [90.0, 2.0], [160.0, 4.0], [100.0, 5.0]]  # The first is 10 H + 80 O.
    return [
        Data(z=k, pos=torch.randn(len(k), 3), y=torch.tensor([v]))
        for k, v in zip(z, y, strict=True)
    ]


def test_predictions_are_in_the_units_of_the_data():
    packed = PackedGraphs(graphs())
    batch = packed.batch(torch.arange(4))
    task = ScalarRegression(Fixed(torch.zeros(4, 2)), ["a", "b"])
    task.fit_statistics(packed)
    mean, std = batch.y.mean(0), batch.y.std(0)
    scores = {k: float(v / n) for k, (v, n) in task.evaluate(batch).items()}
    expected = (batch.y - mean).abs().mean(0)
    assert scores == pytest.approx({"a_mae": float(expected[0]), "b_mae": float(expected[1])})
    assert float(task.loss(batch)) == pytest.approx(float((expected / std).mean()))
    task.model.answer = (batch.y - mean) / std
    assert float(task.loss(batch)) < 1e-6
    assert all(float(v) < 1e-4 for v, _ in task.evaluate(batch).values())


def test_sums_over_elements_are_left_to_least_squares():
    packed = PackedGraphs(graphs())
    batch = packed.batch(torch.arange(4))
    task = ScalarRegression(Fixed(torch.zeros(4, 2)), ["a", "b"], additive=["a"])
    task.fit_statistics(packed)
    predicted, true = task.pairs(batch)["a"]
    torch.testing.assert_close(predicted, true)
    assert float(task.mean[1]) == 3.0


def test_targets_and_columns_must_agree():
    with pytest.raises(ValueError, match="'targets' must name 2"):
        ScalarRegression(Fixed(None), ["a"]).fit_statistics(PackedGraphs(graphs()))
    with pytest.raises(ValueError, match="'additive'.*'c'"):
        ScalarRegression(Fixed(None), ["a"], additive=["c"])
    bare = [Data(pos=data.pos, y=data.y) for data in graphs()]
    with pytest.raises(ValueError, match="'additive' needs"):
        task = ScalarRegression(Fixed(None), ["a", "b"], additive=["a"])
        task.fit_statistics(PackedGraphs(bare))


@pytest.mark.parametrize("shape", [(5, 3), (5, 1, 3)])
def test_vectors_are_added_to_positions(shape):
    pos, out = torch.randn(5, 3), torch.randn(5, 1, 3)
    y = (pos + out[:, 0] + 1.0).view(shape)
    batch = PackedGraphs([Data(pos=pos, y=y)]).batch(torch.tensor([0]))
    task = VectorRegression(Fixed((None, out)))
    assert float(task.loss(batch)) == pytest.approx(1.0, abs=1e-5)
    value, count = task.evaluate(batch)["position_mse"]
    assert float(value / count) == pytest.approx(1.0, abs=1e-5)
    plain = VectorRegression(Fixed((None, out)), residual=None, target="force")
    error = float((out.view(shape) - y).square().mean())
    assert float(plain.loss(batch)) == pytest.approx(error)
    assert list(plain.evaluate(batch)) == ["force_mse"]
    with pytest.raises(ValueError, match="'model' must return vectors"):
        VectorRegression(Fixed(torch.zeros(1, 1))).loss(batch)


def test_learning_lowers_the_loss(pairs):
    torch.manual_seed(0)
    items = [Data(x=torch.ones(4, 1), pos=(p := torch.randn(4, 3)), y=1.1 * p) for _ in range(20)]
    data = PointData(items, batch_size=20)
    task = VectorRegression(pairs(**data.describe()))
    batch = next(iter(data.train_dataloader()))
    optimizer = torch.optim.Adam(task.parameters(), lr=1e-2)
    first = task.loss(batch).item()
    for _ in range(30):
        optimizer.zero_grad()
        task.loss(batch).backward()
        optimizer.step()
    assert task.loss(batch).item() < 0.8 * first
