"""Lightning callbacks: exact resuming, and averages of weights."""

import functools

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import WeightAveraging
from torch import Tensor

from .data.epochs import epoch_seed


class EpochSeed(pl.Callback):
    r"""Seeds every training epoch from the seed and the number of the epoch.

    An epoch is then the same whether or not the run was resumed from a checkpoint. Data modules of
    this package do the same for their shuffling.

    Args:
        seed (int): The seed of the run.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        torch.manual_seed(epoch_seed(self.seed, trainer.current_epoch))


class WeightAverage(WeightAveraging):
    r"""Validates and saves an exponential average of the weights.

    The decay of the :math:`n`-th update is :math:`\min(d, (1 + n) / (10 + n))`: short runs are then
    not dominated by the initial weights.

    Args:
        decay (float, optional): The decay :math:`d`. (default: :obj:`0.999`)
    """

    def __init__(self, decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"'decay' must be in [0, 1) (got {decay})")
        super().__init__(use_buffers=True, multi_avg_fn=functools.partial(_average, decay))
        self._left = False

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        super().on_fit_start(trainer, pl_module)
        # Made before the model has moved to its device, where each update would then wait for it.
        if self._average_model is not None:
            self._average_model.module.to(pl_module.device)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        super().on_train_end(trainer, pl_module)
        self._left = True

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # A run that is resumed after its last epoch has no training to end.
        if not self._left:
            self.on_train_end(trainer, pl_module)


def _average(decay: float, average: list[Tensor], value: list[Tensor], updates: Tensor) -> None:
    """All tensors of one type at once: a few launches a step, however many there are."""
    if not average[0].is_floating_point():  # Counters of batches.
        torch._foreach_copy_(average, value)
        return
    kept = torch.clamp((1 + updates) / (10 + updates), max=decay).to(average[0])
    torch._foreach_sub_(average, value)
    torch._foreach_mul_(average, kept)
    torch._foreach_add_(average, value)
