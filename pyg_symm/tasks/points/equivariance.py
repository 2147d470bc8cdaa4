"""How far a trained network is from being equivariant."""

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from pyg_symm.groups import random_rotations
from pyg_symm.testing import equivariance_error
from pyg_symm.utils import check_sizes

from .base import PointTask


class EquivarianceError(pl.Callback):
    r"""Measures the equivariance error of a network on the first test batch.

    With outputs :math:`f`, the error is :math:`\lVert f(R\mathbf{x}) - R f(\mathbf{x}) \rVert /
    \lVert f(\mathbf{x}) \rVert`, averaged over random rotations :math:`R` that turn all graphs
    alike. It is logged as ``equivariance/scalars`` and ``equivariance/vectors``.

    Args:
        num_rotations (int, optional): The number of rotations. (default: :obj:`16`)
        seed (int, optional): The seed of the rotations. (default: :obj:`0`)

    Raises:
        ValueError: If there is no rotation.
    """

    def __init__(self, num_rotations: int = 16, seed: int = 0) -> None:
        check_sizes(1, num_rotations=num_rotations)
        self.num_rotations = num_rotations
        self.seed = seed
        self._found: dict[str, float] = {}

    def on_test_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if batch_idx == 0 and dataloader_idx == 0 and isinstance(pl_module, PointTask):
            dim = batch.pos.size(-1)
            generator = torch.Generator().manual_seed(self.seed)
            rotations = random_rotations(self.num_rotations, dim, generator)
            self._found = equivariance_errors(pl_module, batch, rotations)

    def on_test_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        pl_module.log_dict({f"equivariance/{name}": value for name, value in self._found.items()})


def equivariance_errors(task: PointTask, batch: Any, rotations: Tensor) -> dict[str, float]:
    r"""Relative errors of scalars and vectors, averaged over rotations.

    Args:
        task (PointTask): A task with a network.
        batch (Batch): Graphs with positions.
        rotations (torch.Tensor): Rotations :math:`(R, n, n)`.
    """
    names = list(_outputs(task, batch))

    def function(**moved: Tensor) -> list[Tensor]:
        return list(_outputs(task, batch.clone().update(moved)).values())

    inputs = {name: batch[name] for name in ("pos", "vec") if name in batch}
    roles = ["scalar" if name == "scalars" else "vector" for name in names]
    errors = equivariance_error(function, inputs, rotations.to(batch.pos.device), roles)
    return dict(zip(names, errors.mean(dim=0).tolist(), strict=True))


@torch.no_grad()
def _outputs(task: PointTask, batch: Any) -> dict[str, Tensor]:
    pairs = zip(("scalars", "vectors"), task.predict(batch), strict=True)
    return {name: out for name, out in pairs if out is not None and out.numel() > 0}
