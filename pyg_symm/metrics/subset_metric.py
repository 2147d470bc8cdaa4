"""How alike subsets are, on average."""

import torch
from torch import Tensor
from torchmetrics import Metric

from .subsets import subset_jaccard


class SubsetJaccard(Metric):
    r"""The mean of :func:`subset_jaccard` over sets.

    Examples:
        >>> metric = SubsetJaccard()
        >>> metric.update(torch.tensor([1, 0, 1]), torch.tensor([1, 0, 0]))
        >>> metric.update(torch.tensor([1, 0]), torch.tensor([1, 0]))
        >>> metric.compute()
        tensor(0.7500)
    """

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    total: Tensor
    count: Tensor

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.add_state("total", torch.tensor(0.0, dtype=torch.double), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, pred: Tensor, target: Tensor, batch: Tensor | None = None) -> None:
        """Adds the sets of a batch."""
        index = subset_jaccard(pred, target, batch)
        self.total += index.double().sum()
        self.count += index.numel()

    def compute(self) -> Tensor:
        """The mean over all sets; not a number if there was none."""
        return (self.total / self.count).to(torch.get_default_dtype())
