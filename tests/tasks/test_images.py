import math
from functools import partial

import pytest
import pytorch_lightning as pl
import torch
from torch_geometric.data import Batch, Data

from pyg_symm.nn.affine import SIREN, GaborNet
from pyg_symm.tasks import EpochSeed, ImageClassification, ImageSplits


class Plain(torch.nn.Module):
    """Two classes, by whether the brightness is above a threshold."""

    def __init__(self):
        super().__init__()
        self.threshold = torch.nn.Parameter(torch.tensor(0.45))

    def forward(self, x):
        far = 10 * (x.mean(dim=(1, 2, 3)) - self.threshold)
        return torch.stack([-far, far], dim=-1)


class Drawing(Plain):
    """The same, with a threshold that is drawn."""

    seeds: list

    def __init__(self):
        super().__init__()
        self.seeds = []

    def forward(self, x, generator=None):
        if generator is None:
            return super().forward(x)
        self.seeds.append(generator.initial_seed())
        drawn = 0.4 * torch.rand((), generator=generator) - 0.2
        return super().forward(x - drawn)


def images(num):
    """Brightness 0 to 1, right at a threshold of one half; turned the more, the brighter."""
    out = []
    for i in range(num):
        value, matrix = (i + 0.5) / num, torch.eye(3).double()
        matrix[0, 0] += value
        x, y = torch.full((1, 1, 2, 2), value), torch.tensor([int(value > 0.5)])
        out.append(Data(x=x, y=y, matrix=matrix.unsqueeze(0)))
    return out


def run(model, epochs=1, folder=None, checkpoint=None, **kwargs):
    data = ImageSplits(lambda split: images(40), ["test"], batch_size=8)
    task = ImageClassification(model, **kwargs)
    trainer = pl.Trainer(
        max_epochs=epochs,
        default_root_dir=folder,
        accelerator="cpu",
        logger=False,
        callbacks=[EpochSeed(0)],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(task, datamodule=data, ckpt_path=checkpoint)
    if folder is not None:
        trainer.save_checkpoint(folder / f"{epochs}.ckpt")
    return task, trainer.test(task, datamodule=data, verbose=False)[0]


def test_plain_networks_are_evaluated_once():
    batch = Batch.from_data_list(images(40))
    task = ImageClassification(Plain())
    sums = task.evaluate(batch)
    assert sums.keys() == {"acc", "loss"} and int(sums["acc"][0]) == 38 and sums["acc"][1] == 40
    value = (torch.arange(40) + 0.5) / 40
    margin = 20 * (value - 0.45) * torch.where(value > 0.5, 1, -1)
    expected = float(torch.log1p(torch.exp(-margin)).sum())
    assert math.isclose(float(sums["loss"][0].detach()), expected, rel_tol=1e-5)
    assert math.isclose(float(task.loss(batch).detach()), expected / 40, rel_tol=1e-5)


def test_draws_are_averaged():
    task, found = run(Drawing(), num_draws=4, optimizer=lambda p: torch.optim.SGD(p, lr=0.0))
    values = (torch.arange(40) + 0.5) / 40
    shift = torch.stack(
        [0.4 * torch.rand((), generator=torch.Generator().manual_seed(i)) - 0.2 for i in range(4)]
    )
    y = values > 0.5
    right = ((values - shift.unsqueeze(1) > 0.45) == y).double().mean(dim=1)
    assert math.isclose(found["test/acc"], float(right.mean()), abs_tol=1e-6)
    assert math.isclose(found["test/acc_std"], float(right.std()), abs_tol=1e-6)
    votes = torch.sigmoid(20 * (values - shift.unsqueeze(1) - 0.45)).mean(dim=0) > 0.5
    assert math.isclose(found["test/vote"], float((votes == y).double().mean()), abs_tol=1e-6)
    scores = torch.sigmoid(20 * (values - shift.unsqueeze(1) - 0.45) * torch.where(y, 1, -1))
    assert math.isclose(found["test/loss"], float(-scores.log().mean()), rel_tol=1e-4)
    assert task.curves["val/acc"] == [pytest.approx(0.95)]  # With fixed samples.


def test_sets_of_a_draw_are_averaged():
    still = {"optimizer": lambda p: torch.optim.SGD(p, lr=0.0)}
    _, found = run(Drawing(), num_draws=2, num_sets=3, **still)
    values, y = (torch.arange(40) + 0.5) / 40, (torch.arange(40) + 0.5) / 40 > 0.5
    shift = torch.stack(
        [0.4 * torch.rand((), generator=torch.Generator().manual_seed(i)) - 0.2 for i in range(6)]
    )
    chances = torch.sigmoid(20 * (values - shift.unsqueeze(1) - 0.45)).view(2, 3, 40).mean(dim=1)
    right = ((chances > 0.5) == y).double().mean(dim=1)
    assert math.isclose(found["test/acc"], float(right.mean()), abs_tol=1e-6)
    assert math.isclose(found["test/acc_std"], float(right.std()), abs_tol=1e-6)
    expected = -torch.where(y, chances, 1 - chances).log().mean()
    assert math.isclose(found["test/loss"], float(expected), rel_tol=1e-4)


def test_one_draw_has_no_deviation():
    _, found = run(Drawing(), num_draws=1, optimizer=lambda p: torch.optim.SGD(p, lr=0.0))
    assert found["test/acc_std"] == 0
    _, found = run(Plain())
    assert "test/acc_std" not in found and "test/vote" not in found


def test_samples_follow_seed_and_step():
    first, _ = run(Drawing(), seed=3, num_draws=1)
    again, _ = run(Drawing(), seed=3, num_draws=1)
    other, _ = run(Drawing(), seed=4, num_draws=1)
    steps = first.model.seeds[:5]
    assert len(set(steps)) == 5 and again.model.seeds == first.model.seeds
    assert not set(steps) & set(other.model.seeds[:5])


def test_resume_continues_as_if_uninterrupted(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole, _ = run(Drawing(), 3, tmp_path / "a")
    run(Drawing(), 1, tmp_path / "b")
    resumed, _ = run(Drawing(), 3, tmp_path / "b", checkpoint=tmp_path / "b" / "1.ckpt")
    assert float(resumed.model.threshold.detach()) == float(whole.model.threshold.detach())
    assert resumed.curves == whole.curves and len(whole.curves["val/acc"]) == 3


def test_the_accuracy_is_drawn_against_the_maps(tmp_path):
    task, _ = run(Drawing(), num_draws=2)
    (far, right), *_ = task._kept["test"]
    torch.testing.assert_close(far, (torch.arange(8).double() + 0.5) / 40)
    assert right.shape == (8,) and set(right.tolist()) <= {0.0, 0.5, 1.0}
    task.export(tmp_path)
    assert (tmp_path / "figures" / "accuracy.png").stat().st_size > 5000
    ImageClassification(Plain()).export(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_networks_that_keep_their_samples_are_evaluated_once():
    model = Drawing()
    model.resample = False
    _, found = run(model)
    assert "test/vote" not in found and model.seeds == []


class WithKernel(Plain):
    def __init__(self):
        super().__init__()
        self.kernel = torch.nn.ModuleList([SIREN(2, 3, 4), GaborNet(2, 3, 4)])


def test_kernel_networks_have_a_rate_of_their_own():
    sgd = partial(torch.optim.SGD, lr=4.0)
    task = ImageClassification(WithKernel(), kernel_rate=0.5, optimizer=sgd)
    rest, inner = task.configure_optimizers().param_groups
    siren, gabor = task.model.kernel
    layers = [*siren.lins, *gabor.lins, *gabor.envelopes]
    assert {id(p) for p in inner["params"]} == {id(p) for x in layers for p in x.parameters()}
    assert (rest["lr"], inner["lr"]) == (4.0, 2.0)
    count = sum(p.numel() for group in (rest, inner) for p in group["params"])
    assert count == sum(p.numel() for p in task.parameters())
    assert len(ImageClassification(Plain()).configure_optimizers().param_groups) == 1


def test_a_longer_run_keeps_the_rates(tmp_path):
    def halving(optimizer):
        return torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)

    given = {"optimizer": partial(torch.optim.SGD, lr=1.0), "scheduler": halving}
    run(WithKernel(), 1, tmp_path, **given)
    run(WithKernel(), 2, tmp_path, tmp_path / "1.ckpt", **given)
    groups = torch.load(tmp_path / "2.ckpt", weights_only=True)["optimizer_states"][0]
    rates = [(g["lr"], g["initial_lr"]) for g in groups["param_groups"]]
    assert rates == [(0.25, 1.0), (pytest.approx(0.025), pytest.approx(0.1))]


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"'num_draws' must be an integer of 1 or more \(got 0\)"):
        ImageClassification(Plain(), num_draws=0)
    with pytest.raises(ValueError, match=r"'num_sets' must be an integer of 1 or more \(got 0\)"):
        ImageClassification(Plain(), num_sets=0)
    with pytest.raises(ValueError, match=r"'kernel_rate' must be positive \(got 0\)"):
        ImageClassification(Plain(), kernel_rate=0)
