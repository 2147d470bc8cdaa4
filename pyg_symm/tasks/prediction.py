"""Supervised tasks on sets and graphs."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.transforms import EgoNetData
from pyg_symm.utils import random_order

from .base import Task


class BitPrediction(Task):
    r"""Predicts the bits of an integer that belongs to each set.

    The loss is the binary cross-entropy of the bits. Of two scores, ``exact`` counts sets of which
    all bits are right, ``reordered`` those whose bits change when their elements are shuffled.
    """

    def forward(self, batch: Any) -> Tensor:
        return self.model(batch.x, batch.batch, ptr=batch.ptr, dim_size=batch.num_graphs)

    def loss(self, batch: Any) -> Tensor:
        return F.binary_cross_entropy_with_logits(self(batch), batch.y)

    def evaluate(self, batch: Any) -> dict[str, tuple[Tensor, int]]:
        bits = self(batch) > 0
        shuffled = batch.clone()
        shuffled.x = batch.x[random_order(batch.batch, torch.Generator().manual_seed(0))]
        exact = (bits == (batch.y > 0.5)).all(dim=-1)
        reordered = (bits != (self(shuffled) > 0)).any(dim=-1)
        return {
            "exact": (exact.sum(), batch.num_graphs),
            "reordered": (reordered.sum(), batch.num_graphs),
        }


class GraphClassification(Task):
    r"""Predicts the class of each graph.

    Batches that :class:`~pyg_symm.transforms.EgoNets` was applied to are given to the model as
    ``ego`` too, and edge features to models that say they use them, as PyG's networks do by
    ``supports_edge_attr``.

    Expects the validation loaders ``val`` and ``test`` of
    :class:`~pyg_symm.tasks.CrossValidation`. The test accuracy after every epoch is only recorded;
    :meth:`summary` reads three numbers off it:

    * ``last10``: the mean over the last ten epochs,
    * ``honest``: the value at the epoch that is best in validation,
    * the curve itself, of which the benchmark takes the best epoch of the average over folds, the
      optimistic convention of the GIN paper.

    Other data modules have one test at the end and no such summary.
    """

    def forward(self, batch: Any) -> Tensor:
        more = {"ego": batch} if isinstance(batch, EgoNetData) else {}
        if getattr(self.model, "supports_edge_attr", False) and "edge_attr" in batch:
            more["edge_attr"] = batch.edge_attr
        return self.model(
            batch.x, batch.edge_index, batch=batch.batch, batch_size=batch.num_graphs, **more
        )

    def loss(self, batch: Any) -> Tensor:
        return F.cross_entropy(self(batch), batch.y)

    def evaluate(self, batch: Any) -> dict[str, tuple[Tensor, int]]:
        logits = self(batch)
        return {
            "acc": ((logits.argmax(dim=-1) == batch.y).sum(), batch.num_graphs),
            "loss": (F.cross_entropy(logits, batch.y, reduction="sum"), batch.num_graphs),
        }

    def summary(self) -> dict[str, float]:
        if "test/acc" not in self.curves:  # The test set is not seen in every epoch.
            return {}
        test = torch.tensor(self.curves["test/acc"])
        score = torch.tensor(self.curves["val/acc"]) - 1e-3 * torch.tensor(self.curves["val/loss"])
        return {"last10": test[-10:].mean().item(), "honest": test[score.argmax()].item()}


class RowClassification(GraphClassification):
    r"""Predicts the class of each item from its single row of features, such as an image's pixels.

    The network is called with the rows alone.
    """

    def forward(self, batch: Any) -> Tensor:
        return self.model(batch.x)


class MultitaskRegression(Task):
    r"""Predicts several numbers per node and per graph, all tasks weighing the same.

    Scores are mean squared errors per task; :meth:`summary` gives their decimal logarithms and
    the mean of those, the convention of the `"Principal Neighbourhood Aggregation for Graph Nets"
    <https://arxiv.org/abs/2004.05718>`_ paper.

    Args:
        node_tasks (list): Names of the columns of ``y_node``.
        graph_tasks (list): Names of the columns of ``y_graph``.
        **kwargs: Arguments of :class:`Task`.
    """

    def __init__(self, node_tasks: list[str], graph_tasks: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.node_tasks = list(node_tasks)
        self.graph_tasks = list(graph_tasks)

    def forward(self, batch: Any) -> tuple[Tensor, Tensor]:
        return self.model(batch.x, batch.edge_index, batch.batch, batch_size=batch.num_graphs)

    def loss(self, batch: Any) -> Tensor:
        nodes, graphs = self(batch)
        errors = [(nodes - batch.y_node).square(), (graphs - batch.y_graph).square()]
        return torch.cat([error.mean(dim=0) for error in errors]).mean()

    def evaluate(self, batch: Any) -> dict[str, tuple[Tensor, int]]:
        nodes, graphs = self(batch)
        node_errors = (nodes - batch.y_node).square().double().sum(dim=0)
        graph_errors = (graphs - batch.y_graph).square().double().sum(dim=0)
        return {
            **{n: (e, batch.num_nodes) for n, e in zip(self.node_tasks, node_errors, strict=True)},
            **{
                n: (e, batch.num_graphs)
                for n, e in zip(self.graph_tasks, graph_errors, strict=True)
            },
        }

    def on_test_epoch_end(self) -> None:
        errors = self._averages()
        logs = {name: torch.tensor(error).log10().item() for name, error in errors.items()}
        for split in dict.fromkeys(name.split("/")[0] for name in logs):
            mine = [v for name, v in logs.items() if name.split("/")[0] == split]
            logs[f"{split}/mean"] = sum(mine) / len(mine)
        self.log_dict(logs)

    def on_validation_epoch_end(self) -> None:
        errors = self._averages()
        mean = torch.tensor(list(errors.values())).log10().mean().item()
        if not self.trainer.sanity_checking:
            self.curves.setdefault("val/log10_mse", []).append(mean)
        self.log("val/log10_mse", mean, prog_bar=True)
