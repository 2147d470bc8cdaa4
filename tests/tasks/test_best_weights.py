import pytest
import pytorch_lightning as pl
import torch
from torch_geometric.data import Data

from pyg_symm.tasks import BestWeights, PointData, VectorRegression, WeightAverage

WANTED = [3.0, 1.0, 2.0, 0.5, 4.0]  # What validation will say of the epochs.


class Shift(torch.nn.Module):
    """Moves points by a number that every epoch changes."""

    def __init__(self):
        super().__init__()
        self.shift = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x, pos, edge_index=None, batch=None, vec=None):
        return pos[:, :0], self.shift.expand_as(pos).unsqueeze(1)


class Scripted(VectorRegression):
    nan_at = ()  # Epochs whose validation says NaN.

    def evaluate(self, batch):
        factor = float("nan") if self.current_epoch in self.nan_at else 1
        return {name: (factor * v, count) for name, (v, count) in super().evaluate(batch).items()}

    def on_train_epoch_start(self):
        self.model.shift.data.fill_(WANTED[self.current_epoch] ** 0.5)


def run(
    folder,
    epochs,
    mode="min",
    checkpoint=None,
    monitor="val/position_mse",
    nan_at=(),
    average=False,
):
    still = torch.zeros(2, 3)
    data = PointData([Data(pos=still, y=still)] * 4, batch_size=4)
    best = BestWeights(monitor, mode)
    trainer = pl.Trainer(
        max_epochs=epochs,
        default_root_dir=folder,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        callbacks=[best, WeightAverage(0.5)] if average else [best],
        num_sanity_val_steps=0,
    )
    task = Scripted(Shift(), optimizer=lambda groups: torch.optim.SGD(groups, lr=0.0))
    task.nan_at = nan_at
    trainer.fit(task, datamodule=data, ckpt_path=checkpoint)
    return trainer, task, best


@pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")
def test_the_best_validation_is_what_is_left(tmp_path):
    _, task, best = run(tmp_path, 5)
    assert best.value == pytest.approx(0.5) and task.model.shift.item() ** 2 == pytest.approx(0.5)
    _, task, best = run(tmp_path, 5, mode="max")
    assert best.value == pytest.approx(4.0) and task.model.shift.item() == pytest.approx(2.0)


@pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")
def test_a_resumed_run_knows_the_best_of_before(tmp_path):
    trainer, _, _ = run(tmp_path, 2)
    trainer.save_checkpoint(tmp_path / "two.ckpt")
    _, task, best = run(tmp_path, 3, checkpoint=tmp_path / "two.ckpt")
    assert best.value == pytest.approx(1.0) and task.model.shift.item() == pytest.approx(1.0)


@pytest.mark.parametrize("nan_at", [(0,), (0, 2), (2, 4)])
@pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")
def test_nan_is_worse_than_any_number(tmp_path, nan_at):
    _, task, best = run(tmp_path, 5, nan_at=nan_at)
    assert best.value == pytest.approx(0.5) and task.model.shift.item() ** 2 == pytest.approx(0.5)


@pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")
@pytest.mark.filterwarnings("ignore:.*training has been completed")
def test_a_run_resumed_after_its_end_has_the_best_and_not_the_average(tmp_path):
    trainer, task, best = run(tmp_path, 5, average=True)
    # Of averages, which lag behind, the second epoch is the best.
    assert task.model.shift.item() ** 2 == pytest.approx(best.value)
    trainer.save_checkpoint(tmp_path / "all.ckpt")
    _, again, _ = run(tmp_path, 5, average=True, checkpoint=tmp_path / "all.ckpt")
    assert torch.equal(again.model.shift, task.model.shift)


@pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")
def test_unknown_names_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"'monitor' .*val/position_mse.*'val/other'"):
        run(tmp_path, 1, monitor="val/other")
    with pytest.raises(ValueError, match="'mode'"):
        BestWeights("val/a", "best")
