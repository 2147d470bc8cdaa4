"""Membership in a subset, element by element."""

from typing import Any

import torch
from torch import Tensor

from ..subsets import Elements, RecognitionNetwork, SubsetSelector, compared_cross_entropy
from ..subsets.checks import check_labels


class DeepSetsSelector(SubsetSelector):
    r"""Classifies each element of a set from its features and the mean of the set, as in the `"Deep
    Sets" <https://arxiv.org/abs/1703.06114>`_ paper.

    Memberships of two elements do not depend on each other. The loss compares the same elements as
    that of :class:`~pyg_symm.nn.models.INSET`.

    Args:
        in_channels (int): Features of an element.
        hidden_channels (int, optional): Channels of an encoded element. (default: :obj:`256`)
        encoder (torch.nn.Module, optional): From ``x`` to elements :math:`(N,)`
            ``hidden_channels``. (default: two linear maps with a ReLU between)

    Examples:
        >>> DeepSetsSelector(4, 8)(torch.randn(5, 4)).shape
        torch.Size([5])
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int = 256,
        *,
        encoder: torch.nn.Module | None = None,
    ) -> None:
        super().__init__(in_channels, hidden_channels, encoder)
        self.classifier = RecognitionNetwork(hidden_channels, 2 * hidden_channels)

    def reset_parameters(self) -> None:
        super().reset_parameters()
        self.classifier.reset_parameters()

    def logits(self, sets: Elements, generator: torch.Generator | None = None) -> Tensor:
        return self.classifier(sets.h, sets.batch, sets.size)[0]

    def loss(self, x: Any, y: Tensor, batch: Tensor | None = None) -> Tensor:
        """The cross-entropy of members and as many others, as that of INSET."""
        sets = self.elements(x, batch)
        check_labels(y, sets)
        score = torch.rand(y.numel(), device=y.device)
        logits = self.logits(sets)
        return compared_cross_entropy(
            lambda wanted: logits[wanted], y.bool(), sets.batch, sets.size, score
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.in_channels}, {self.hidden_channels})"
