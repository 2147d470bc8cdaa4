"""The common base of networks that select subsets."""

from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import check_index, check_sizes

from .checks import check_finite, sizes_to_select
from .mean_field import Elements
from .membership import top_k_mask


class ElementEncoder(torch.nn.Module):
    r"""Two linear maps of an element with a ReLU between.

    The published networks encode vectors by one linear map. Sums of encoded
    elements then depend on sums of features only, which carry little information.

    Args:
        in_channels (int): Features of an element.
        out_channels (int): Channels of an encoded element.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.lin1 = torch.nn.Linear(in_channels, out_channels)
        self.lin2 = torch.nn.Linear(out_channels, out_channels)

    def reset_parameters(self) -> None:
        self.lin1.reset_parameters()
        self.lin2.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() != 2 or x.size(1) != self.lin1.in_features:
            raise ValueError(
                f"'x' must have shape [N, {self.lin1.in_features}] (got {list(x.shape)})"
            )
        return self.lin2(self.lin1(x).relu())


class SubsetSelector(torch.nn.Module):
    r"""Encodes the elements of sets, and selects those with the highest probability.

    Subclasses give log-odds of membership.

    Args:
        in_channels (int): Features of an element.
        hidden_channels (int): Channels of an encoded element.
        encoder (torch.nn.Module, optional): From ``x`` to elements :math:`(N,)`
            ``hidden_channels``. (default: :class:`ElementEncoder`)
    """

    def __init__(
        self, in_channels: int, hidden_channels: int, encoder: torch.nn.Module | None
    ) -> None:
        super().__init__()
        check_sizes(1, in_channels=in_channels, hidden_channels=hidden_channels)
        self.in_channels, self.hidden_channels = in_channels, hidden_channels
        if not (encoder is None or callable(encoder)):
            raise ValueError(f"'encoder' must be a module (got {encoder!r})")
        if encoder is None:
            encoder = ElementEncoder(in_channels, hidden_channels)
        self.encoder = encoder

    def reset_parameters(self) -> None:
        """Draws all parameters anew; those of an encoder if it has ``reset_parameters``."""
        if callable(reset := getattr(self.encoder, "reset_parameters", None)):
            reset()

    def logits(self, sets: Elements, generator: torch.Generator | None = None) -> Tensor:
        """Log-odds of the elements' memberships :math:`(N)`."""
        raise NotImplementedError

    def elements(self, x: Any, batch: Tensor | None = None) -> Elements:
        r"""Encodes elements.

        Raises:
            ValueError: If there is not one vector of the right width, and one set, for each.
        """
        h = self.encoder(x)
        if h.dim() != 2 or h.size(1) != self.hidden_channels:
            raise ValueError(
                f"'encoder' must give elements of shape [N, {self.hidden_channels}] "
                f"(got {list(h.shape)})"
            )
        if batch is None:
            return Elements(h, h.new_zeros(h.size(0), dtype=torch.long), 1)
        if batch.shape != h.shape[:1]:
            raise ValueError(f"'batch' must have shape [{h.size(0)}] (got {list(batch.shape)})")
        return Elements(h, batch.long(), check_index(batch, name="batch"))

    def forward(
        self,
        x: Any,
        batch: Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        r"""The probability of each element to be in the optimal subset of its set :math:`(N)`.

        Args:
            x (torch.Tensor): Features :math:`(N, F)`, or what the encoder takes.
            batch (torch.Tensor, optional): The set of each element :math:`(N)`. (default: one set)
            generator (torch.Generator, optional): Source of randomness, in evaluation, too.
                (default: that of the model)
        """
        return self.logits(self.elements(x, batch), generator).sigmoid()

    @torch.no_grad()
    def predict(
        self,
        x: Any,
        batch: Tensor | None = None,
        k: int | Tensor | None = None,
        threshold: float = 0.5,
        *,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        r"""Selects the most probable elements of each set.

        Args:
            x (torch.Tensor): Features :math:`(N, F)`, or what the encoder takes.
            batch (torch.Tensor, optional): The set of each element :math:`(N)`. (default: one set)
            k (int or torch.Tensor, optional): How many elements to select, of all sets or of each
                :math:`(B)`. Published results use the size of the optimal subset. Without it, all
                elements above the threshold are selected. (default: :obj:`None`)
            threshold (float, optional): The probability to exceed. (default: :obj:`0.5`)
            generator (torch.Generator, optional): As in :meth:`forward`.

        Returns:
            torch.Tensor: Whether each element is selected :math:`(N)`.

        Raises:
            ValueError: If a set has fewer than ``k`` elements, a feature is not finite, or the
                threshold is no probability.
        """
        if not 0 <= threshold <= 1:
            raise ValueError(f"'threshold' must be in 0..1 (got {threshold})")
        sets = self.elements(x, batch)
        logits = self.logits(sets, generator)
        check_finite(logits)
        if k is None:
            return logits.sigmoid() > threshold
        return top_k_mask(logits, sets.batch, sizes_to_select(k, sets))
