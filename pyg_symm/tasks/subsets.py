"""Selection of subsets."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.utils import scatter

from pyg_symm.metrics import subset_jaccard
from pyg_symm.nn.models.subsets import top_k_mask

from .base import Task


class SubsetSelection(Task):
    r"""Trains a network to select the optimal subset of each set, by its own loss.

    Scores are means of the Jaccard index of selected and optimal subsets:

    - ``jaccard``: of as many elements as the optimal subset has, the protocol of the papers
    - ``jaccard_threshold``: of elements with a probability above one half
    - ``jaccard_random``: of as many random elements, for comparison
    """

    def forward(self, batch: Any) -> Tensor:
        return self.model(batch.x, batch.batch)

    def loss(self, batch: Any) -> Tensor:
        return self.model.loss(batch.x, batch.y, batch.batch)  # type: ignore[operator]

    def evaluate(self, batch: Any) -> dict[str, tuple[Tensor, int]]:
        num = batch.num_graphs
        k = scatter(batch.y.long(), batch.batch, dim_size=num)
        generator = torch.Generator().manual_seed(0)
        selected = {
            "jaccard": self._select(batch, k, generator),
            "jaccard_threshold": self._select(batch, None, generator),
            "jaccard_random": _random(batch, k, generator),
        }
        return {
            name: (subset_jaccard(mask, batch.y, batch.batch, num).sum(), num)
            for name, mask in selected.items()
        }

    def _select(self, batch: Any, k: Tensor | None, generator: torch.Generator) -> Tensor:
        predict: Any = self.model.predict
        return predict(batch.x, batch.batch, k, generator=generator)


def _random(batch: Any, k: Tensor, generator: torch.Generator) -> Tensor:
    score = torch.rand(batch.y.numel(), generator=generator).to(batch.y.device)
    return top_k_mask(score, batch.batch, k)
