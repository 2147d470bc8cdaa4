"""Classes of point clouds."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.tasks.draws import merge_draws, takes_draws
from pyg_symm.utils import check_sizes

from .base import PointTask


class PointClassification(PointTask):
    r"""Predicts the class of each point cloud, by cross-entropy.

    Scores are the share of wrong answers in percent and the loss. Networks with an argument
    ``generator`` of ``forward`` draw samples, such as elements of a group: the test can repeat
    itself with several draws, each the same for all clouds. Then ``error`` is the mean of their
    errors, ``error_std`` their standard deviation, ``error_vote`` the error of the mean of their
    probabilities, and ``error_fixed`` the error of the samples that validation takes.

    Args:
        model (torch.nn.Module): The network.
        num_draws (int, optional): The number of draws in the test of networks that draw.
            (default: :obj:`0`)
        **kwargs (optional): Arguments of :class:`~pyg_symm.tasks.points.base.PointTask`.

    Raises:
        ValueError: If the number of draws is negative.
    """

    def __init__(self, model: torch.nn.Module, num_draws: int = 0, **kwargs: Any) -> None:
        super().__init__(model, **kwargs)
        check_sizes(0, num_draws=num_draws)
        self.num_draws = num_draws if takes_draws(model) else 0

    def loss(self, batch: Any) -> Tensor:
        scores, _ = self.predict(batch)
        return F.cross_entropy(scores, batch.y)

    def evaluate(self, batch: Any) -> dict[str, tuple[Tensor, int]]:
        scores, _ = self.predict(batch)
        loss = F.cross_entropy(scores, batch.y, reduction="sum")
        sums = {"error": _wrong(scores, batch), "loss": (loss, batch.num_graphs)}
        if self.num_draws == 0 or self._trainer is None or not self.trainer.testing:
            return sums
        sums["error_fixed"] = sums.pop("error")
        votes = torch.zeros_like(scores)
        for draw in range(self.num_draws):
            scores = self.model(
                batch.x,
                batch.pos,
                batch.edge_index,
                batch.batch,
                generator=torch.Generator().manual_seed(draw),
            )
            sums[f"error_{draw}"] = _wrong(scores, batch)
            votes += scores.softmax(dim=-1)
        return {**sums, "error_vote": _wrong(votes, batch)}

    def _averages(self) -> dict[str, float]:
        return merge_draws(super()._averages(), "error", self.num_draws)


def _wrong(scores: Tensor, batch: Any) -> tuple[Tensor, int]:
    """The wrong answers of a batch in percent, and of how many."""
    return 100.0 * (scores.argmax(dim=-1) != batch.y).sum(), batch.num_graphs
