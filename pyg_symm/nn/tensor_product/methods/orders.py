"""Components sorted by order instead of degree, for transforms that treat each order by itself."""

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.groups.components import degree_of_component, order_of_component


class OrderLayout(torch.nn.Module):
    r"""Sorts coefficients by their order :math:`m`.

    Degrees below :math:`|m|`, which an order does not have, are filled with zeros.

    Args:
        lmax (int): The highest degree.

    Examples:
        >>> OrderLayout(1).sort(torch.tensor([[1, 2, 3, 4]]))  # Orders -1, 0 and 1.
        tensor([[[0, 2]],
        <BLANKLINE>
                [[1, 3]],
        <BLANKLINE>
                [[0, 4]]])
    """

    places: Tensor
    sources: Tensor

    def __init__(self, lmax: int) -> None:
        super().__init__()
        self.lmax = lmax
        degree, order = degree_of_component(lmax), order_of_component(lmax)
        places = (order + lmax) * (lmax + 1) + degree
        sources = torch.full(((2 * lmax + 1) * (lmax + 1),), (lmax + 1) ** 2)
        sources[places] = torch.arange((lmax + 1) ** 2)
        self.register_buffer("places", places, persistent=False)
        self.register_buffer("sources", sources, persistent=False)

    def sort(self, x: Tensor) -> Tensor:
        r"""From :math:`(R, (l + 1)^2)` to :math:`(2 l + 1, R, l + 1)`."""
        out = F.pad(x, (0, 1)).index_select(1, self.sources)
        return out.view(x.size(0), 2 * self.lmax + 1, self.lmax + 1).transpose(0, 1)

    def unsort(self, x: Tensor) -> Tensor:
        r"""From :math:`(2 l + 1, R, l + 1)` to :math:`(R, (l + 1)^2)`."""
        flat = x.transpose(0, 1).reshape(x.size(1), (2 * self.lmax + 1) * (self.lmax + 1))
        return flat.index_select(1, self.places)
