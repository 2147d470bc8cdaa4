"""A training step of INSET, with subsets that all elements of a set share, and as published."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from pyg_symm.datasets import TwoMoonsSubsets
from pyg_symm.nn.models import INSET
from pyg_symm.nn.models.subsets import Elements, MeanField

ESTIMATORS = ["shared", "independent"]


class IndependentMeanField(MeanField):
    """The form of the released code: separate subsets for each element, sums before the network.

    It evaluates all elements. Sets have one size.
    """

    def refine(
        self,
        sets: Elements,
        logits: Tensor,
        generator: torch.Generator | None = None,
        wanted: Tensor | None = None,
    ) -> Tensor:
        h = sets.h.view(sets.size, -1, sets.h.size(1))
        for _ in range(self.num_steps):
            logits = self._gains(h, logits.sigmoid().view(h.shape[:2])).flatten()
        return logits if wanted is None else logits[wanted]

    def _gains(self, h: Tensor, q: Tensor) -> Tensor:
        num_sets, size, _ = h.shape
        drawn = torch.rand(num_sets, self.num_samples, size, size, device=h.device)
        subsets = (drawn < q.view(num_sets, 1, 1, size)).to(h.dtype)
        own = torch.eye(size, device=h.device, dtype=h.dtype)
        context = self._context(h)
        value = [
            self._value(mask @ h.unsqueeze(1), context)
            for mask in (torch.maximum(subsets, own), subsets * (1 - own))
        ]
        return (value[0] - value[1]).mean(dim=1)

    def _context(self, h: Tensor) -> Tensor:
        lin = self.set_function.aggr.lin_superset
        return lin(h.mean(dim=1)).view(h.size(0), 1, 1, -1) if lin is not None else h.new_zeros(1)

    def _value(self, total: Tensor, context: Tensor) -> Tensor:
        return self.set_function.read(self.set_function.aggr.lin_subset(total) + context)


def build(estimator: str, device: str, hidden_channels: int, num_samples: int) -> INSET:
    """The published network, which encodes elements by one linear map, with either estimator."""
    torch.manual_seed(0)
    encoder = torch.nn.Linear(2, hidden_channels)
    model = INSET(2, hidden_channels, encoder=encoder, num_samples=num_samples).to(device)
    if estimator == "independent":
        model.mean_field.__class__ = IndependentMeanField
    return model


def step(
    estimator: str, size: int, num_sets: int, device: str, hidden_channels: int, num_samples: int
) -> Callable[[], Any]:
    """A training step on a batch of sets of two moons."""
    model = build(estimator, device, hidden_channels, num_samples)
    sets = TwoMoonsSubsets(num_sets=num_sets, size=size, k=max(1, size // 10))
    x, y = sets.x.to(device), sets.y.to(device)
    batch = torch.arange(num_sets, device=device).repeat_interleave(size)

    def work() -> None:
        model.zero_grad()
        model.loss(x, y, batch).backward()

    return work
