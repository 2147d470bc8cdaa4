import math

import pytest
import pytorch_lightning as pl
import torch
from torch_geometric.data import Data

from pyg_symm.tasks import PointClassification, PointData
from pyg_symm.tasks.data.packed import PackedGraphs


class Fixed(torch.nn.Module):
    def forward(self, x, pos, edge_index=None, batch=None, vec=None):
        return torch.tensor([[2.0, 1.0]]).expand(int(batch.max()) + 1, -1)


def test_errors_are_percent_of_the_clouds():
    items = [Data(pos=torch.zeros(2, 2), y=torch.tensor([label])) for label in (0, 1, 0, 0)]
    batch = PackedGraphs(items).batch(torch.arange(4))
    task = PointClassification(Fixed())
    scores = {name: float(v / n) for name, (v, n) in task.evaluate(batch).items()}
    right, wrong = math.log(1 + math.exp(-1)), math.log(1 + math.exp(1))
    assert scores["error"] == 25 and abs(scores["loss"] - (3 * right + wrong) / 4) < 1e-6
    assert abs(float(task.loss(batch)) - scores["loss"]) < 1e-6


class Drawing(torch.nn.Module):
    """Answers by a random class if it draws, else by the first."""

    resample = True

    def forward(self, x, pos, edge_index=None, batch=None, vec=None, generator=None):
        label = 0 if generator is None else torch.randint(2, (), generator=generator)
        return torch.nn.functional.one_hot(torch.as_tensor(label), 2).float().expand(4, 2)


def test_the_test_repeats_itself_with_several_draws():
    items = [Data(pos=torch.zeros(2, 2), y=torch.tensor([label])) for label in (0, 1, 0, 0)]
    data = PointData(items, items, {"all": items}, batch_size=4)
    task = PointClassification(Drawing(), num_draws=5)
    trainer = pl.Trainer(
        accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False
    )
    (scores,) = trainer.test(task, data, verbose=False)
    labels = [
        int(torch.randint(2, (), generator=torch.Generator().manual_seed(draw)))
        for draw in range(5)
    ]
    errors = torch.tensor([75.0 if label else 25.0 for label in labels])
    assert 0 < sum(labels) < 5 and scores["all/error_fixed"] == 25
    assert abs(scores["all/error"] - float(errors.mean())) < 1e-4
    assert abs(scores["all/error_std"] - float(errors.std())) < 1e-4
    vote = 75.0 if sum(labels) > 2 else 25.0  # The class of more draws.
    assert abs(scores["all/error_vote"] - vote) < 1e-4
    assert not any("error_0" in name for name in scores)
    assert "error_0" not in task.evaluate(PackedGraphs(items).batch(torch.arange(4)))


def test_networks_without_draws_are_tested_once():
    assert PointClassification(Fixed(), num_draws=5).num_draws == 0
    with pytest.raises(ValueError, match="'num_draws' must be an integer of 0 or more .got -1"):
        PointClassification(Drawing(), num_draws=-1)
