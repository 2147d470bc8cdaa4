"""The base of all training tasks."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torchmetrics import MeanMetric

from pyg_symm.nn.aggr import regularization

OptimizerFactory = Callable[[Iterable[Any]], torch.optim.Optimizer]
SchedulerFactory = Callable[[torch.optim.Optimizer], Any]

_LOOK_EVERY = 50  # Steps on a GPU between looks at whether the loss is finite.


class Task(pl.LightningModule):
    r"""Trains a network on a loss, plus the regularisation terms that its layers leave behind.

    A task says what to do with a batch by :meth:`loss` and :meth:`evaluate`; everything else is
    Lightning's. Numbers of :meth:`evaluate` are averaged over the loader, weighted by the samples
    behind them, and appended to :attr:`curves`, which is part of the checkpoint.

    Args:
        model (torch.nn.Module): The network.
        optimizer (Callable): From parameters to an optimiser.
        scheduler (Callable, optional): From the optimiser to a schedule, stepped every epoch.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: OptimizerFactory = torch.optim.Adam,
        scheduler: SchedulerFactory | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.curves: dict[str, list[float]] = {}
        self._means: dict[str, MeanMetric] = {}
        self._part = ""  # The set that is evaluated.

    def loss(self, batch: Any) -> Tensor:
        """The training loss of a batch, without regularisation."""
        raise NotImplementedError

    def evaluate(self, batch: Any) -> dict[str, tuple[Tensor, int]]:
        """Sums of metrics over the samples of a batch, and the number of samples."""
        raise NotImplementedError

    def summary(self) -> dict[str, float]:
        """Final numbers of the run beyond those of the test loaders."""
        return {}

    def export(self, run_dir: Path) -> None:
        """Writes files other than metrics to the folder of a finished run."""

    def parameter_groups(self) -> Iterable[Any]:
        """Parameters to train, or groups of them with settings of their own."""
        return self.parameters()

    def configure_optimizers(self) -> Any:
        optimizer = self.optimizer(self.parameter_groups())
        if self.scheduler is None:
            return optimizer
        return {"optimizer": optimizer, "lr_scheduler": self.scheduler(optimizer)}

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        loss = self.loss(batch)
        penalty = regularization(self.model)
        size = batch.num_graphs
        self.log("train/loss", loss, on_step=False, on_epoch=True, batch_size=size, prog_bar=True)
        self.log("train/penalty", penalty, on_step=False, on_epoch=True, batch_size=size)
        # A GPU is not waited for in every step.
        looked_at = self.device.type == "cpu" or batch_idx % _LOOK_EVERY == 0
        if looked_at and not torch.isfinite(loss + penalty):
            folder = Path(self.trainer.default_root_dir)
            folder.mkdir(parents=True, exist_ok=True)
            torch.save(batch, folder / "failed_batch.pt")
            raise FloatingPointError(
                f"'loss' is {loss.item()} and 'penalty' {penalty.item()} at step "
                f"{self.global_step}; the batch is in '{folder / 'failed_batch.pt'}'"
            )
        return loss + penalty

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        self._collect(batch, self._loader_names("val")[dataloader_idx])

    def test_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        self._collect(batch, self._loader_names("test")[dataloader_idx])

    def on_validation_epoch_end(self) -> None:
        for name, value in self._averages().items():
            if not self.trainer.sanity_checking:
                self.curves.setdefault(name, []).append(value)
            self.log(name, value, prog_bar=True)

    def on_test_epoch_end(self) -> None:
        self.log_dict(self._averages())

    def _loader_names(self, stage: str) -> list[str]:
        data = getattr(self.trainer, "datamodule", None)
        return getattr(data, f"{stage}_names", [stage])

    def _collect(self, batch: Any, prefix: str) -> None:
        self._part = prefix
        for name, (value, count) in self.evaluate(batch).items():
            name = f"{prefix}/{name}"
            if name not in self._means:  # Its default leaves out what is NaN.
                self._means[name] = MeanMetric(nan_strategy=float("nan")).to(self.device)
            self._means[name].update(value / count if count else 0.0, weight=count)

    def _averages(self) -> dict[str, float]:
        means, self._means = self._means, {}
        return {name: float(mean.compute()) for name, mean in means.items()}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["curves"] = self.curves

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.curves = checkpoint["curves"]
        if self.scheduler is not None:
            self._follow_schedule(checkpoint)

    def _follow_schedule(self, checkpoint: dict[str, Any]) -> None:
        """Follows the schedule of this run, not that of the shorter run that it continues."""
        assert self.scheduler is not None
        schedules = checkpoint.get("lr_schedulers", [])  # None, of a run without or of weights.
        states = zip(schedules, checkpoint.get("optimizer_states", []), strict=False)
        for i, (schedule, optimizer) in enumerate(states):
            groups = optimizer["param_groups"]
            mine = list(self.parameter_groups())
            mine = mine if len(mine) == len(groups) and isinstance(mine[0], dict) else [{}]
            stand_in = self.optimizer([{**group, "params": [torch.zeros(1)]} for group in mine])
            scheduler = self.scheduler(stand_in)
            for _ in range(schedule["last_epoch"]):
                stand_in.step()
                scheduler.step()
            schedules[i] = scheduler.state_dict()
            for group, new in zip(groups, stand_in.param_groups, strict=True):
                group |= {name: new[name] for name in ("lr", "initial_lr")}
