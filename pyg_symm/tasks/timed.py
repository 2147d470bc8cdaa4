"""Learning rates that follow the clock, so that a run of any length ends with decayed weights."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from pyg_symm.utils import check_sizes

from .base import Task


class TimedSchedule(pl.Callback):
    r"""Keeps the learning rate constant, then lowers it to zero by a given minute and ends the run.

    With the share :math:`s` of the time that has passed, and a decay over the last :math:`d` of it,
    the learning rate is :math:`\min(1, (1 - s) / d)` times that of the optimiser, and grows
    linearly over the first steps. Time counts from the first step of the run, without the time
    between a stop and its continuation.

    When the decay begins, the weights are written to ``stable/`` in the run's folder, and a
    checkpoint to ``checkpoints/stable.ckpt``: resumed from there, a longer run continues at the
    full learning rate.

    Args:
        minutes (float, optional): The length of the run. Without it, nothing happens.
            (default: :obj:`None`)
        decay (float, optional): Share of the time :math:`d` over which the rate falls.
            (default: :obj:`0.4`)
        warm_up (int, optional): Steps over which the rate grows. (default: :obj:`300`)
        clock (Callable, optional): Seconds since some moment. (default: :func:`time.monotonic`)

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(
        self,
        minutes: float | None = None,
        decay: float = 0.4,
        warm_up: int = 300,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if minutes is not None and minutes <= 0:
            raise ValueError(f"'minutes' must be positive (got {minutes})")
        if not 0 < decay <= 1:
            raise ValueError(f"'decay' must be in (0, 1] (got {decay})")
        check_sizes(0, warm_up=warm_up)
        self.minutes = minutes
        self.decay = decay
        self.warm_up = warm_up
        self.clock = clock
        self.elapsed = 0.0  # Seconds, up to the last step of the run.
        self.decaying = False
        self._rates: list[float] = []
        self._begin = 0.0

    def factor(self, step: int) -> float:
        """What the learning rate is multiplied by at a step, at the present time."""
        assert self.minutes is not None
        share = min(1.0, self.elapsed / (60 * self.minutes))
        return min(1.0, (step + 1) / (self.warm_up + 1)) * self.shape(share)

    def shape(self, share: float) -> float:
        """The factor without warm-up, by the share of the time that has passed."""
        return min(1.0, (1 - share) / self.decay)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self.minutes is None:
            return
        if not self._rates:
            # Not the rate at which a schedule begins.
            self._rates = [group.get("initial_lr", group["lr"]) for group in _groups(trainer)]
        # A longer run that continues a shorter one has its decay still before it.
        self.decaying = self.decaying and self.factor(self.warm_up) < 1
        self._begin = self.clock() - self.elapsed
        trainer.should_stop = self._over

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        if self.minutes is None:
            return
        self.elapsed = self.clock() - self._begin
        if not self.decaying and self.elapsed >= 60 * self.minutes * (1 - self.decay):
            self.decaying = True
            self._leave(trainer, pl_module)
        factor = self.factor(trainer.global_step)
        for group, rate in zip(_groups(trainer), self._rates, strict=True):
            group["lr"] = rate * factor

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        if self._over:
            trainer.should_stop = True

    @property
    def _over(self) -> bool:
        return self.minutes is not None and self.elapsed >= 60 * self.minutes

    def _leave(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Saves the state from which a longer run can continue."""
        folder = Path(trainer.default_root_dir)
        trainer.save_checkpoint(folder / "checkpoints" / "stable.ckpt")
        if trainer.is_global_zero and isinstance(pl_module, Task):
            pl_module.export(folder / "stable")

    def state_dict(self) -> dict[str, Any]:
        return {"elapsed": self.elapsed, "decaying": self.decaying, "rates": self._rates}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.elapsed = state_dict["elapsed"]
        self.decaying = state_dict["decaying"]
        self._rates = state_dict["rates"]


class TimedCosine(TimedSchedule):
    r"""Lowers the learning rate to zero by a given minute along a cosine, and ends the run.

    With the share :math:`s` of the time that has passed, the learning rate is
    :math:`(1 + \cos \pi s) / 2` times that of the optimiser, and grows linearly over the first
    steps.

    Args:
        minutes (float, optional): The length of the run. Without it, nothing happens.
            (default: :obj:`None`)
        warm_up (int, optional): Steps over which the rate grows. (default: :obj:`100`)
        clock (Callable, optional): Seconds since some moment. (default: :func:`time.monotonic`)
    """

    def __init__(
        self,
        minutes: float | None = None,
        warm_up: int = 100,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(minutes, decay=1.0, warm_up=warm_up, clock=clock)

    def shape(self, share: float) -> float:
        return (1 + math.cos(math.pi * share)) / 2

    def _leave(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """There is no time of a constant rate from which a longer run could continue."""


def _groups(trainer: pl.Trainer) -> list[dict[str, Any]]:
    return [group for optimizer in trainer.optimizers for group in optimizer.param_groups]
