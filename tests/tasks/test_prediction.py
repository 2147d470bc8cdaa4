import math

import pytest
import pytorch_lightning as pl
import torch
from torch_geometric.data import Batch, Data

from pyg_symm.nn import SPEN, LCMAggregation
from pyg_symm.tasks import (
    BitPrediction,
    GraphClassification,
    IntegerSetData,
    MultitaskRegression,
    RowClassification,
)


class Constant(torch.nn.Module):
    """Answers what it was told to, whatever the question."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def forward(self, *args, **kwargs):
        if isinstance(self.answer, tuple):
            return tuple(a + self.weight for a in self.answer)
        return self.answer + self.weight


def batch(**fields):
    edges = torch.empty(2, 0, dtype=torch.long)
    return Batch.from_data_list(
        [
            Data(x=torch.zeros(2, 1), edge_index=edges, **{k: v[i] for k, v in fields.items()})
            for i in range(2)
        ]
    )


def test_exact_needs_all_bits():
    data = batch(y=torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]]))
    task = BitPrediction(Constant(torch.tensor([[3.0, -1.0], [3.0, -1.0]])))
    value, count = task.evaluate(data)["exact"]
    assert (int(value), count) == (1, 2)
    logits, y = torch.tensor([[3.0, -1.0], [3.0, -1.0]]), data.y
    expected = -(y * logits.sigmoid().log() + (1 - y) * (-logits).sigmoid().log()).mean()
    torch.testing.assert_close(task.loss(data), expected)


def test_reordered_counts_answers_that_follow_the_order():
    x, y = torch.tensor([[1], [2], [3], [4], [5], [6]]), torch.zeros(2, 1)
    data = Batch.from_data_list([Data(x=x, y=y[:1]), Data(x=x[:1], y=y[1:])])

    class First(Constant):
        def forward(self, x, index, ptr, dim_size):
            return x[ptr[:-1]].float() - 1.5 + self.weight

    class Largest(Constant):
        def forward(self, x, index, ptr, dim_size):
            return torch.stack([s.max() for s in x.float().split(ptr.diff().tolist())]).view(-1, 1)

    assert int(BitPrediction(First(0.0)).evaluate(data)["reordered"][0]) == 1
    assert int(BitPrediction(Largest(0.0)).evaluate(data)["reordered"][0]) == 0


def test_accuracy_counts_graphs():
    data = batch(y=torch.tensor([[0], [1]]))
    task = GraphClassification(Constant(torch.tensor([[2.0, 1.0], [2.0, 1.0]])))
    scores = task.evaluate(data)
    assert int(scores["acc"][0]) == 1
    expected = math.log(1 + math.exp(-1)) + math.log(1 + math.exp(1))
    assert abs(scores["loss"][0].item() - expected) < 1e-6


def test_edge_features_go_to_models_that_use_them():
    edges, x = torch.tensor([[0, 1], [1, 0]]), torch.ones(2, 1)
    graphs = [Data(x, edges, torch.full((2, 3), float(i)), y=torch.tensor([i])) for i in range(2)]
    data = Batch.from_data_list(graphs)
    task = GraphClassification(SPEN(1, 4, 1, 2, edge_dim=3)).eval()
    expected = task.model(data.x, data.edge_index, edge_attr=data.edge_attr, batch=data.batch)
    assert torch.equal(task(data), expected) and not torch.equal(expected[0], expected[1])
    out = GraphClassification(SPEN(1, 4, 1, 2)).eval()(data)
    assert torch.equal(out[0], out[1])


def test_summary_reads_three_numbers_off_the_curves():
    task = GraphClassification(Constant(torch.zeros(2, 2)))
    test = [0.1 * i for i in range(12)]
    val = [0.0] * 12
    val[4] = val[7] = 0.9  # A tie, which the loss decides.
    task.curves = {"test/acc": test, "val/acc": val, "val/loss": [1.0] * 7 + [0.5] * 5}
    summary = task.summary()
    assert abs(summary["last10"] - sum(test[2:]) / 10) < 1e-6
    assert abs(summary["honest"] - test[7]) < 1e-6


def test_tasks_weigh_the_same_however_many_nodes():
    data = batch(y_node=torch.ones(2, 2, 1), y_graph=torch.ones(2, 1, 2))
    task = MultitaskRegression(
        ["a"], ["b", "c"], model=Constant((torch.zeros(4, 1), torch.tensor([[1.0, 3.0]] * 2)))
    )
    torch.testing.assert_close(task.loss(data), torch.tensor((1.0 + 0.0 + 4.0) / 3))
    scores = task.evaluate(data)
    assert {k: v.item() / n for k, (v, n) in scores.items()} == {"a": 1.0, "b": 0.0, "c": 4.0}


def fit(model, **kwargs):
    data = IntegerSetData("minimum", 32, 8, 2, 5, test_sizes=[], batch_size=16, num_bits=4)
    trainer = pl.Trainer(
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    task = BitPrediction(model, **kwargs)
    trainer.fit(task, datamodule=data)
    return task


class Net(torch.nn.Module):
    def __init__(self, aggr):
        super().__init__()
        self.aggr = aggr

    def forward(self, x, index, ptr=None, dim_size=None):
        return self.aggr(x.float().expand(-1, 4), index, ptr=ptr, dim_size=dim_size)


def test_regularisation_is_part_of_the_loss():
    torch.manual_seed(0)
    net = Net(LCMAggregation(4, 4, assoc_weight=10.0))
    seen = []
    net.aggr.regularization = lambda inner=net.aggr.regularization: seen.append(inner()) or seen[-1]
    fit(net)
    assert len(seen) == 2 and all(s.item() > 0 for s in seen)


def test_nan_stops_the_run_and_names_the_step(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # Where the batch is kept.
    with pytest.raises(FloatingPointError, match="'loss' is nan .* at step 0"):
        fit(Net(LCMAggregation(4, 4, op=lambda a, b: a * float("nan"))))
    assert (tmp_path / "failed_batch.pt").is_file()


def test_rows_alone_are_classified():
    rows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 3.0]])
    data = Batch.from_data_list([Data(x=row[None], y=torch.tensor([1])) for row in rows])
    task = RowClassification(torch.nn.Identity())
    found = task.evaluate(data)
    assert [int(found["acc"][0]), found["acc"][1]] == [2, 3]
    expected = torch.nn.functional.cross_entropy(rows, data.y)
    torch.testing.assert_close(found["loss"][0] / 3, expected)
    torch.testing.assert_close(task.loss(data), expected)
    assert task.summary() == {}
