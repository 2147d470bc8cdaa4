import functools
import itertools
import math

import pytest
import torch
from pytorch_lightning.callbacks import ModelCheckpoint

from pyg_symm.generation import PARD
from pyg_symm.tasks import (
    EpochSeed,
    GraphGeneration,
    TimedCosine,
    TimedSchedule,
    WeightAverage,
    cosine_with_warm_up,
)

from .test_generation import make_model, trainer


def run(path, data, minutes, epochs=100, checkpoint=None, cosine=False):
    """A run on a clock that ticks ten seconds a look."""
    ticks = itertools.count()
    kind = TimedCosine if cosine else functools.partial(TimedSchedule, decay=0.5)
    schedule = kind(minutes, warm_up=2, clock=lambda: 10.0 * next(ticks))
    module = data(device="cpu")
    by_epoch = functools.partial(cosine_with_warm_up, epochs=9, warm_up=5) if cosine else None
    task = GraphGeneration(
        make_model(module),
        optimizer=lambda p: torch.optim.AdamW(p, lr=1e-2),
        scheduler=by_epoch,
    )
    saved = ModelCheckpoint(
        path / "checkpoints", "last", save_on_train_epoch_end=True, enable_version_counter=False
    )
    callbacks = [EpochSeed(0), schedule, WeightAverage(), saved]
    loop = trainer(path, max_epochs=epochs, callbacks=callbacks, enable_checkpointing=True)
    rates = []
    training_step = task.training_step
    task.training_step = lambda *args: (
        rates.append(loop.optimizers[0].param_groups[0]["lr"]),
        training_step(*args),
    )[1]
    loop.fit(task, datamodule=module, ckpt_path=checkpoint)
    return task, rates, loop


def test_rate_is_constant_and_then_falls_to_zero(tmp_path, data):
    task, rates, loop = run(tmp_path, data, minutes=2)
    assert loop.global_step == len(rates) == 12  # One more look at the clock before the first.
    expected = [1 / 3, 2 / 3, 1, 1, 1, 1, 5 / 6, 2 / 3, 1 / 2, 1 / 3, 1 / 6, 0]
    assert rates == pytest.approx([1e-2 * share for share in expected])
    stable = PARD.from_pretrained(tmp_path / "stable")
    pairs = zip(stable.parameters(), task.model.parameters(), strict=True)
    assert any(not torch.equal(a, b) for a, b in pairs)
    assert (tmp_path / "checkpoints" / "stable.ckpt").is_file()


def test_a_cosine_of_time_comes_before_that_of_epochs(tmp_path, data):
    _, rates, _ = run(tmp_path, data, minutes=2, cosine=True)
    shares = [(1 + math.cos(math.pi * (i + 1) / 12)) / 2 for i in range(12)]
    warm = [1 / 3, 2 / 3] + [1] * 10
    assert rates == pytest.approx([1e-2 * s * w for s, w in zip(shares, warm, strict=True)])
    assert not (tmp_path / "stable").exists()


def test_a_run_in_two_parts_is_one(tmp_path, data):
    whole, rates, _ = run(tmp_path / "whole", data, minutes=2)
    _, first, _ = run(tmp_path / "part", data, minutes=2, epochs=1)
    last = tmp_path / "part" / "checkpoints" / "last.ckpt"
    rest, second, _ = run(tmp_path / "part", data, 2, checkpoint=last)
    assert 0 < len(first) < len(rates) and first + second == pytest.approx(rates)
    for a, b in zip(whole.model.parameters(), rest.model.parameters(), strict=True):
        assert torch.equal(a, b)
    _, third, _ = run(tmp_path / "part", data, 2, checkpoint=last)
    assert third == []  # The time is over.


def test_a_longer_run_goes_on_from_before_the_decay(tmp_path, data):
    run(tmp_path, data, minutes=2)
    _, rates, _ = run(tmp_path, data, 4, checkpoint=tmp_path / "checkpoints" / "stable.ckpt")
    assert rates[:5] == pytest.approx([1e-2] * 5) and rates[-1] == 0


def test_without_a_limit_nothing_happens(tmp_path, data):
    _, rates, loop = run(tmp_path, data, minutes=None, epochs=2)
    assert set(rates) == {1e-2} and loop.current_epoch == 2


@pytest.mark.parametrize(
    "arguments, match",
    [
        ({"minutes": 0}, "'minutes' must be positive .got 0"),
        ({"minutes": 1, "decay": 0}, "'decay' must be in"),
        ({"minutes": 1, "warm_up": -1}, "'warm_up' must be an integer of 0 or more"),
    ],
)
def test_bad_input(arguments, match):
    with pytest.raises(ValueError, match=match):
        TimedSchedule(**arguments)
