"""Regression of scalars of graphs and of vectors of nodes."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.tasks.data.packed import PackedGraphs

from .base import PointRegression
from .figures import Pair
from .reference import ElementReference


class ScalarRegression(PointRegression):
    r"""Predicts properties of graphs, standardised over the training graphs.

    The loss is the mean absolute error of standardised targets, all targets weighing the same. The
    scores are mean absolute errors in the units of the data.

    Args:
        model (torch.nn.Module): The network, with one scalar a graph for each target.
        targets (list): Names of the columns of ``y``, in their order.
        additive (list, optional): Targets of which a sum over elements is subtracted first, see
            :class:`ElementReference`; the graphs then need atomic numbers ``z``. (default: none)
        **kwargs (optional): Arguments of :class:`PointTask`.

    Raises:
        ValueError: If ``additive`` has a name that is no target.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        model: torch.nn.Module,
        targets: Sequence[str],
        additive: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(model, **kwargs)
        self.targets = list(targets)
        if unknown := [name for name in additive if name not in self.targets]:
            raise ValueError(f"'additive' must be among {self.targets} (got {unknown})")
        self.additive = list(additive)
        self.reference = ElementReference(len(self.targets))
        self.register_buffer("mean", torch.zeros(len(self.targets), dtype=torch.double))
        self.register_buffer("std", torch.ones(len(self.targets), dtype=torch.double))

    def fit_statistics(self, graphs: PackedGraphs) -> None:
        y = graphs["y"].double().view(len(graphs), -1)
        if y.size(1) != len(self.targets):
            raise ValueError(f"'targets' must name {y.size(1)} columns (got {self.targets})")
        if self.additive:
            if "z" not in graphs:
                raise ValueError("'additive' needs graphs with atomic numbers 'z'")
            mask = y.new_tensor([name in self.additive for name in self.targets])
            z, index = graphs["z"], graphs.index
            self.reference.fit(z, index, y * mask)
            y = y - self.reference(z, index, len(graphs))
        self.mean.copy_(y.mean(dim=0))
        self.std.copy_(y.std(dim=0).clamp(min=1e-12))

    def _shift(self, batch: Any) -> Tensor:
        """What is added to the predictions of each graph, in double precision."""
        if not self.additive:
            return self.mean.expand(batch.num_graphs, -1)
        return self.mean + self.reference(batch.z, batch.batch, batch.num_graphs)

    def loss(self, batch: Any) -> Tensor:
        scalars, _ = self.predict(batch)
        wanted = (batch.y.view(batch.num_graphs, -1) - self._shift(batch)) / self.std
        return F.l1_loss(scalars, wanted.to(scalars.dtype))

    def pairs(self, batch: Any) -> dict[str, Pair]:
        scalars, _ = self.predict(batch)
        predicted = scalars.double() * self.std + self._shift(batch)
        y = batch.y.view(batch.num_graphs, -1).double()
        return {name: (predicted[:, i], y[:, i]) for i, name in enumerate(self.targets)}


class VectorRegression(PointRegression):
    r"""Predicts vectors of nodes, such as where particles will be.

    Loss and score are the mean squared error over nodes and coordinates.

    Args:
        model (torch.nn.Module): The network, with vectors of nodes.
        target (str, optional): What the vectors are called in scores. (default: ``"position"``)
        residual (str, optional): An attribute of nodes that the predicted vectors are added to.
            (default: ``"pos"``)
        **kwargs (optional): Arguments of :class:`PointTask`.
    """

    measures = ("mse",)

    def __init__(
        self,
        model: torch.nn.Module,
        target: str = "position",
        residual: str | None = "pos",
        **kwargs: Any,
    ) -> None:
        super().__init__(model, **kwargs)
        self.target = target
        self.residual = residual

    def forward(self, batch: Any) -> Tensor:
        _, vectors = self.predict(batch)
        if vectors is None:
            raise ValueError("'model' must return vectors (got scalars only)")
        vectors = vectors.view(batch.y.shape)
        return vectors if self.residual is None else batch[self.residual].view_as(vectors) + vectors

    def loss(self, batch: Any) -> Tensor:
        return F.mse_loss(self(batch), batch.y)

    def pairs(self, batch: Any) -> dict[str, Pair]:
        return {self.target: (self(batch), batch.y)}
