"""The part of a property that is a sum over the elements of a molecule."""

from collections.abc import Mapping

import torch
from torch import Tensor

from pyg_symm.utils import index_to_ptr

_ELEMENTS = 119  # Atomic numbers up to 118.


class ElementReference(torch.nn.Module):
    r"""A linear function of how many atoms of each element a graph has.

    .. math::
        r(\mathcal{G}) = \sum_{i \in \mathcal{G}} c_{z_i}

    Large parts of energies and of other extensive properties are of this form, and a network that
    is trained on the rest need not learn them.

    Args:
        num_targets (int, optional): The number of properties :math:`T`. (default: :obj:`1`)

    Examples:
        >>> z, graph = torch.tensor([1, 1, 8, 1, 1]), torch.tensor([0, 0, 0, 1, 1])
        >>> reference = ElementReference()
        >>> reference.fit(z, graph, torch.tensor([[-76.4], [-1.2]]))
        >>> reference(z, graph, 2)
        tensor([[-76.4000],
                [ -1.2000]], dtype=torch.float64)
    """

    values: Tensor

    def __init__(self, num_targets: int = 1) -> None:
        super().__init__()
        # One row for each atomic number: the state has the same shape before and after the fit.
        empty = torch.zeros(_ELEMENTS, num_targets, dtype=torch.double)
        self.register_buffer("values", empty)

    def fit(
        self, z: Tensor, index: Tensor, y: Tensor, known: Mapping[int, float] | None = None
    ) -> None:
        r"""Fits the contributions by least squares, with the smallest norm of all best ones.

        Args:
            z (torch.Tensor): Atomic numbers :math:`(N)`.
            index (torch.Tensor): The graph of each atom :math:`(N)`.
            y (torch.Tensor): Properties of each graph :math:`(G, T)`.
            known (dict, optional): Contributions by atomic number, such as energies of isolated
                atoms: only the rest is fitted. (default: :obj:`None`)

        Raises:
            ValueError: If an element has no known contribution though others have.
        """
        elements = z.unique()
        base = y.new_zeros(elements.numel(), 1, dtype=torch.double)
        if known is not None:
            if missing := [e for e in elements.tolist() if e not in known]:
                raise ValueError(f"'known' must have all elements (got none for {missing})")
            base = base.new_tensor([[known[e]] for e in elements.tolist()])
        counts = element_counts(z, index, y.size(0), elements)
        fitted = torch.linalg.pinv(counts) @ (y.double() - counts @ base)
        self.values.zero_()
        self.values[elements.to(self.values.device)] = (base + fitted).to(self.values.device)

    def forward(self, z: Tensor, index: Tensor, num_graphs: int) -> Tensor:
        """The sum over each graph :math:`(B, T)`, in double precision."""
        rows = self.values.index_select(0, z)
        return rows.new_zeros(num_graphs, rows.size(1)).index_add_(0, index, rows)


def element_counts(z: Tensor, index: Tensor, num_graphs: int, elements: Tensor) -> Tensor:
    """How many atoms of each element each graph has :math:`(G, K)`, as numbers to compute with."""
    place = torch.searchsorted(elements, z)
    key = index * elements.numel() + place
    flat = index_to_ptr(key, num_graphs * elements.numel()).diff()
    return flat.view(num_graphs, elements.numel()).double()
