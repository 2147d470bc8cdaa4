"""Sets of which a subset is to be selected: what such data sets share."""

from collections.abc import Callable
from numbers import Integral

import torch
from torch import Tensor
from torch_geometric.data import Data, InMemoryDataset

from pyg_symm.utils import check_sizes

from .splits import split_generator


class SubsetDataset(InMemoryDataset):
    r"""Sets of elements, each with its optimal subset.

    Each set is a :class:`~torch_geometric.data.Data` with

    - ``x`` :math:`(n, F)`: features of its elements
    - ``y`` :math:`(n)`: whether each element is in the optimal subset, boolean

    Nothing is stored on disk: a split is a function of the seed. Subclasses draw the sets.

    Args:
        split (str): ``"train"``, ``"val"`` or ``"test"``.
        num_sets (int): The number of sets.
        seed (int): The sets are a function of it.
        transform (Callable, optional): Applied to a set at every access.

    Raises:
        ValueError: If there is no such split, or a number is too small.
    """

    def __init__(
        self,
        split: str,
        num_sets: int,
        seed: int,
        transform: Callable | None = None,
    ) -> None:
        generator = split_generator(split, seed)
        check_sizes(1, num_sets=num_sets)
        super().__init__(None, transform)
        self.split, self.seed = split, seed
        self.data, self.slices = self.collate(self.draw(num_sets, generator))

    def draw(self, num_sets: int, generator: torch.Generator) -> list[Data]:
        """Draws sets."""
        raise NotImplementedError


def check_subset_size(k: int, size: int) -> None:
    r"""Checks the size of subsets.

    Raises:
        ValueError: If it is no integer, not positive, or not below that of sets.
    """
    check_sizes(2, size=size)
    if not isinstance(k, Integral) or not 0 < k < size:
        raise ValueError(f"'k' must be in 1..{size - 1}, below 'size' (got {k})")


def random_subsets(num_sets: int, size: int, k: int, generator: torch.Generator) -> Tensor:
    r"""Subsets of ``k`` of ``size`` elements, all equally likely, boolean :math:`(B, n)`.

    Examples:
        >>> random_subsets(3, 5, 2, torch.Generator().manual_seed(0)).sum(dim=1)
        tensor([2, 2, 2])
    """
    order = torch.rand(num_sets, size, generator=generator).argsort(dim=1)
    return order < k
