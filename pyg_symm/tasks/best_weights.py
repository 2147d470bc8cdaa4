"""The weights of the best validation."""

import math
from typing import Any

import pytorch_lightning as pl
from torch import Tensor


class BestWeights(pl.Callback):
    r"""Ends a run with the weights that were best in validation.

    Small sets are learned by heart before the end of a run, so that published test errors are those
    of the best validation. NaN is worse than any number. Weights of :class:`WeightAverage` are seen
    if that comes later in the list of callbacks.

    Args:
        monitor (str): The metric, such as ``"val/position_mse"``.
        mode (str, optional): ``"min"`` or ``"max"``. (default: ``"min"``)

    Raises:
        ValueError: If there is no such mode or, when it is wanted, no such metric.
    """

    def __init__(self, monitor: str, mode: str = "min") -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"'mode' must be 'min' or 'max' (got {mode!r})")
        self.monitor = monitor
        self.mode = mode
        self.value: float | None = None
        self.weights: dict[str, Tensor] = {}
        self._seen: dict[str, Tensor] = {}

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.state.fn == "fit" and not trainer.sanity_checking:
            state = pl_module.state_dict()
            self._seen = {name: value.detach().cpu().clone() for name, value in state.items()}

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not self._seen:
            return
        if self.monitor not in trainer.callback_metrics:
            known = sorted(name for name in trainer.callback_metrics if name.startswith("val/"))
            raise ValueError(f"'monitor' must be one of {known} (got {self.monitor!r})")
        value = float(trainer.callback_metrics[self.monitor])
        sign = 1 if self.mode == "min" else -1
        best = math.nan if self.value is None else self.value
        if math.isnan(best) or sign * value < sign * best:
            self.value, self.weights = value, self._seen
        self._seen = {}

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self.weights:
            pl_module.load_state_dict(self.weights)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        # Again: a run that is resumed after its last epoch takes over averages when it ends.
        if stage == "fit":
            self.on_fit_end(trainer, pl_module)

    def state_dict(self) -> dict[str, Any]:
        return {"value": self.value, "weights": self.weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.value, self.weights = state_dict["value"], state_dict["weights"]
