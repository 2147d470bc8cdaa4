"""Lightning callbacks: exact resuming, and averages of weights."""

from typing import Any

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
        super().__init__(use_buffers=True)
        self.decay = decay
        self._left = False
        self._pairs: list[tuple[list[Tensor], list[Tensor]]] = []

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        super().on_fit_start(trainer, pl_module)
        assert self._average_model is not None
        # Made before the model has moved to its device, where each update would then wait for it.
        self._average_model.module.to(pl_module.device)
        kinds: dict[Any, tuple[list[Tensor], list[Tensor]]] = {}
        pairs = zip(_tensors(self._average_model.module), _tensors(pl_module), strict=True)
        for average, value in pairs:
            own, other = kinds.setdefault((value.device, value.dtype), ([], []))
            own.append(average)
            other.append(value)
        self._pairs = list(kinds.values())

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        if trainer.global_step <= self._latest_update_step:
            return
        assert self._average_model is not None
        updates = self._average_model.n_averaged  # On the CPU: no step waits for it.
        for average, value in self._pairs:
            _update(average, value, self.decay, int(updates))
        updates += 1
        self._latest_update_step = trainer.global_step

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        super().on_train_end(trainer, pl_module)
        self._left = True

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # A run that is resumed after its last epoch has no training to end.
        if not self._left:
            self.on_train_end(trainer, pl_module)


def _update(average: list[Tensor], value: list[Tensor], decay: float, updates: int) -> None:
    """All tensors of one type at once: a few launches a step, however many there are."""
    if updates == 0 or not average[0].is_floating_point():  # Counters of batches.
        torch._foreach_copy_(average, value)
    else:
        kept = min(decay, (1 + updates) / (10 + updates))
        torch._foreach_lerp_(average, value, 1 - kept)


def _tensors(module: torch.nn.Module) -> list[Tensor]:
    """Parameters and buffers, without their history."""
    return [tensor.detach() for tensor in (*module.parameters(), *module.buffers())]
