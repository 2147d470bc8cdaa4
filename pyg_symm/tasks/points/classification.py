"""Classes of point clouds."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from .base import PointTask


class PointClassification(PointTask):
    r"""Predicts the class of each point cloud, by cross-entropy.

    Scores are the share of wrong answers in percent and the loss.
    """

    def loss(self, batch: Any) -> Tensor:
        scores, _ = self.predict(batch)
        return F.cross_entropy(scores, batch.y)

    def evaluate(self, batch: Any) -> dict[str, tuple[Tensor, int]]:
        scores, _ = self.predict(batch)
        wrong = 100.0 * (scores.argmax(dim=-1) != batch.y).sum()
        loss = F.cross_entropy(scores, batch.y, reduction="sum")
        return {"error": (wrong, batch.num_graphs), "loss": (loss, batch.num_graphs)}
