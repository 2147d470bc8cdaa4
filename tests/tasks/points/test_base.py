import itertools

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint

from pyg_symm.nn import PONITA
from pyg_symm.tasks import EpochSeed, PointTask, WeightAverage
from pyg_symm.tasks.points import EnergyForces


class Norm(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.norm = torch.nn.Linear(3, 3), torch.nn.LayerNorm(3)
        self.fixed = torch.nn.Parameter(torch.zeros(2, 2), requires_grad=False)


def test_only_matrices_decay():
    task = PointTask(Norm(), optimizer=lambda groups: torch.optim.Adam(groups, weight_decay=0.1))
    matrices, others = task.configure_optimizers().param_groups
    assert matrices["params"] == [task.model.linear.weight] and matrices["weight_decay"] == 0.1
    assert len(others["params"]) == 3 and others["weight_decay"] == 0


def fit(task, data, epochs, folder, checkpoint=None):
    saved = ModelCheckpoint(
        folder, f"{epochs}", save_on_train_epoch_end=True, enable_version_counter=False
    )
    trainer = pl.Trainer(
        max_epochs=epochs,
        logger=False,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=[EpochSeed(0), WeightAverage(0.9), saved],
    )
    trainer.fit(task, datamodule=data, ckpt_path=checkpoint)
    return trainer


@pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")
@pytest.mark.parametrize("network", ["pairs", "PONITA"])
def test_runs_resume_to_the_same_bits_and_draw_figures(molecule_data, pairs, tmp_path, network):
    def make():
        torch.manual_seed(0)
        schedule = lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)  # noqa: E731
        ponita = PONITA(3, 8, 1, 1, orientations=4, pool="sum")
        model = pairs(3, 1) if network == "pairs" else ponita
        ticks = itertools.count()
        return EnergyForces(model, scheduler=schedule, clock=lambda: next(ticks))

    whole = make()
    fit(whole, molecule_data, 3, tmp_path)
    fit(make(), molecule_data, 2, tmp_path)
    resumed = make()
    trainer = fit(resumed, molecule_data, 3, tmp_path, tmp_path / "2.ckpt")
    for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert whole.curves["val/energy_mae"] == resumed.curves["val/energy_mae"]
    # One tick an epoch, without the time between the stop and the start.
    assert whole.curves["seconds"] == resumed.curves["seconds"] == [1, 2, 3]
    numbers = trainer.test(resumed, datamodule=molecule_data, verbose=False)[0]
    assert numbers["test/force_rmse"] >= numbers["test/force_mae"] > 0
    resumed.export(tmp_path)
    assert sorted(p.name for p in (tmp_path / "figures").iterdir()) == ["error.png", "parity.png"]
