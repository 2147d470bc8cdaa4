"""How long training will take, said after its first steps."""

import time
from typing import Any

import pytorch_lightning as pl


class TimeEstimate(pl.Callback):
    r"""Prints once about how long training will take, where a progress bar is shown.

    Args:
        seconds (float, optional): How long to watch before. (default: :obj:`5.0`)
    """

    def __init__(self, seconds: float = 5.0) -> None:
        if seconds < 0:
            raise ValueError(f"'seconds' must not be negative (got {seconds})")
        self.seconds = seconds
        self._begin = 0.0
        self._steps = -1  # The first step is slower than others.

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any) -> None:
        bar = trainer.progress_bar_callback
        if bar is None or self.seconds < 0:
            return
        self._steps += 1
        if self._steps == 0:
            self._begin = time.perf_counter()
            return
        elapsed = time.perf_counter() - self._begin
        if elapsed < self.seconds:
            return
        self.seconds = -1.0  # Once is enough.
        epochs = trainer.max_epochs
        if epochs is None or epochs < 0 or trainer.num_training_batches == float("inf"):
            return
        left = int(trainer.num_training_batches) * epochs - trainer.global_step
        if left > 0:
            text = duration(left * elapsed / self._steps)
            bar.print(f"{left:,} steps left, about {text}, validation apart")


def duration(seconds: float) -> str:
    r"""A time in the two largest units.

    Examples:
        >>> duration(42), duration(350), duration(9000)
        ('42 s', '5 min 50 s', '2 h 30 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
