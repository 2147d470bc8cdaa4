"""What tasks on points with coordinates share."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pyg_symm.tasks.base import Task
from pyg_symm.tasks.data.packed import PackedGraphs

from .figures import Pair, draw_curves, draw_parity


class PointTask(Task):
    r"""Trains a network of positions, ``model(x, pos, edge_index, batch, vec)``.

    The network returns scalars, or scalars and vectors; what a batch lacks is given as
    :obj:`None`. Weight decay applies to matrices only, and not to biases, norms and layer scales.
    After the test, :meth:`export` writes ``figures/error.png``, the validation error against time,
    and, of regressions, ``figures/parity.png``.

    Args:
        model (torch.nn.Module): The network.
        optimizer (Callable): From groups of parameters to an optimiser.
        scheduler (Callable, optional): From the optimiser to a schedule, stepped every epoch.
        clock (Callable, optional): Seconds since some moment, which curves are drawn against.
            (default: :func:`time.monotonic`)
    """

    def __init__(
        self,
        model: torch.nn.Module,
        clock: Callable[[], float] = time.monotonic,
        **kwargs: Any,
    ) -> None:
        super().__init__(model, **kwargs)
        self.clock = clock
        self.seconds = 0.0  # Since the run began, without the time between a stop and its resume.
        self._begin = 0.0
        self._kept: dict[str, dict[str, list[Pair]]] = {}

    def predict(self, batch: Any) -> tuple[Tensor, Tensor | None]:
        """Scalars and vectors that the network gives for a batch."""
        vec = batch.vec if "vec" in batch else None
        out = self.model(batch.x, batch.pos, batch.edge_index, batch.batch, vec)
        return out if isinstance(out, tuple) else (out, None)

    def fit_statistics(self, graphs: PackedGraphs) -> None:
        """Takes what the task must know of the training graphs, such as means."""

    def parameter_groups(self) -> list[dict[str, Any]]:
        named = [p for p in self.parameters() if p.requires_grad]
        groups: list[dict[str, Any]] = [
            {"params": [p for p in named if p.dim() > 1]},
            {"params": [p for p in named if p.dim() <= 1], "weight_decay": 0.0},
        ]
        return [group for group in groups if group["params"]]

    def setup(self, stage: str) -> None:
        data = getattr(self.trainer, "datamodule", None)
        if stage == "fit" and data is not None:
            self.fit_statistics(data.train)

    def on_fit_start(self) -> None:
        self._begin = self.clock() - self.seconds

    def on_validation_epoch_end(self) -> None:
        super().on_validation_epoch_end()
        if not self.trainer.sanity_checking:
            self.seconds = self.clock() - self._begin
            self.curves.setdefault("seconds", []).append(self.seconds)
            self.log("seconds", self.seconds)

    def on_test_start(self) -> None:
        self._kept = {}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_save_checkpoint(checkpoint)
        checkpoint["seconds"] = self.seconds

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_load_checkpoint(checkpoint)
        self.seconds = checkpoint["seconds"]

    def export(self, run_dir: Path) -> None:
        """Draws the figures of the run."""
        if self.curves.get("seconds"):
            draw_curves(run_dir / "figures" / "error.png", self.curves)
        if self._kept:
            joined = {
                name: {part: _join(pairs) for part, pairs in parts.items()}
                for name, parts in self._kept.items()
            }
            draw_parity(run_dir / "figures" / "parity.png", joined)


class PointRegression(PointTask):
    r"""A task that predicts numbers, whose errors are measured in the units of the data.

    ``measures`` names the errors to report: of ``"mae"``, ``"mse"`` and ``"rmse"``.
    """

    measures: tuple[str, ...] = ("mae",)

    def pairs(self, batch: Any) -> dict[str, Pair]:
        """Predictions and true values of a batch by name."""
        raise NotImplementedError

    def evaluate(self, batch: Any) -> dict[str, tuple[Tensor, int]]:
        sums = {}
        for name, (predicted, true) in self.pairs(batch).items():
            error = (predicted - true).double()
            for measure in self.measures:
                value = error.abs() if measure == "mae" else error.square()
                sums[f"{name}_{measure}"] = value.sum(), error.numel()
            if self._trainer is not None and self.trainer.testing:
                kept = self._kept.setdefault(name, {}).setdefault(self._part, [])
                kept.append((predicted.detach().cpu(), true.detach().cpu()))
        return sums

    def _averages(self) -> dict[str, float]:
        found = super()._averages()
        return {name: v**0.5 if name.endswith("_rmse") else v for name, v in found.items()}


def _join(pairs: list[Pair]) -> Pair:
    predicted, true = zip(*pairs, strict=True)
    return torch.cat(predicted), torch.cat(true)
