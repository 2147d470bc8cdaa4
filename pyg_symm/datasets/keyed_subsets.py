"""Sets in which one element says which others are wanted."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch_geometric.data import Data

from pyg_symm.utils import check_sizes

from .subset_sets import SubsetDataset


class KeyedSubsets(SubsetDataset):
    r"""Sets with one key; the optimal subset are all elements of the type that it names.

    Elements are one-hot codes of key types and as many other types. Every set has exactly one key,
    and elements of all other types. The value of a subset depends on the key, whether or not the
    subset has it: a function of the subset alone cannot tell.

    Args:
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        num_sets (int, optional): The number of sets. (default: :obj:`1000`)
        size (int, optional): The number of elements of a set. (default: :obj:`40`)
        num_types (int, optional): The number of types that keys name. (default: :obj:`5`)
        seed (int, optional): The sets are a function of it. (default: :obj:`0`)
        transform (Callable, optional): Applied to a set at every access.

    Raises:
        ValueError: If a set cannot have elements of all types.

    Examples:
        >>> KeyedSubsets(num_sets=4)[0]
        Data(x=[40, 10], y=[40])
    """

    def __init__(
        self,
        split: str = "train",
        num_sets: int = 1000,
        size: int = 40,
        num_types: int = 5,
        seed: int = 0,
        transform: Callable | None = None,
    ) -> None:
        check_sizes(2, size=size, num_types=num_types)
        if size <= num_types:
            raise ValueError(f"'size' must be above 'num_types', {num_types} (got {size})")
        self.size, self.num_types = size, num_types
        super().__init__(split, num_sets, seed, transform)

    def draw(self, num_sets: int, generator: torch.Generator) -> list[Data]:
        num = self.num_types
        wanted = torch.randint(num, (num_sets, 1), generator=generator)
        free = self.size - 1 - num
        others = torch.randint(num, (num_sets, free), generator=generator)
        others = torch.cat([torch.arange(num).expand(num_sets, -1), others], dim=1)
        kind = torch.cat([wanted, num + others], dim=1)
        order = torch.rand(num_sets, self.size, generator=generator).argsort(dim=1)
        kind = kind.gather(1, order)
        x = F.one_hot(kind, 2 * num).to(torch.get_default_dtype())
        y = kind == wanted + num
        return [Data(x=x[i], y=y[i]) for i in range(num_sets)]
