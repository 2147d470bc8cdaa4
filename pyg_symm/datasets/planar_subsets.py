"""Points in the plane, a few of which come from another distribution."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import Data

from .subset_sets import SubsetDataset, check_subset_size, random_subsets


class PlanarSubsets(SubsetDataset):
    r"""Points of a class in the plane, ``k`` of which are replaced by points of another class.

    The optimal subset is what was replaced. Which class is which is drawn for each set.

    Args:
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        num_sets (int, optional): The number of sets. (default: :obj:`1000`)
        size (int, optional): The number of elements of a set. (default: :obj:`100`)
        k (int, optional): The number of elements of a subset. (default: :obj:`10`)
        seed (int, optional): The sets are a function of it. (default: :obj:`0`)
        transform (Callable, optional): Applied to a set at every access.
    """

    def __init__(
        self,
        split: str = "train",
        num_sets: int = 1000,
        size: int = 100,
        k: int = 10,
        seed: int = 0,
        transform: Callable | None = None,
    ) -> None:
        check_subset_size(k, size)
        self.size, self.k = size, k
        super().__init__(split, num_sets, seed, transform)

    def draw(self, num_sets: int, generator: torch.Generator) -> list[Data]:
        y = random_subsets(num_sets, self.size, self.k, generator)
        usual = torch.randint(2, (num_sets, 1), generator=generator).bool()
        x = self.points((usual ^ y).long(), generator)
        return [Data(x=x[i], y=y[i]) for i in range(num_sets)]

    def points(self, kind: Tensor, generator: torch.Generator) -> Tensor:
        r"""A point :math:`(B, n, 2)` of each class :math:`(B, n)`, zero or one."""
        raise NotImplementedError


class TwoMoonsSubsets(PlanarSubsets):
    r"""Two interleaved half circles with noise, from the `"Learning Neural Set Functions Under the
    Optimal Subset Oracle" <https://arxiv.org/abs/2203.01693>`_ paper.

    The points of a set are evenly spaced on a moon of radius two, in random order. Some are moved
    to the other moon.

    Args:
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        num_sets (int, optional): The number of sets. (default: :obj:`1000`)
        size (int, optional): The number of elements of a set. (default: :obj:`100`)
        k (int, optional): The number of elements of a subset. (default: :obj:`10`)
        seed (int, optional): The sets are a function of it. (default: :obj:`0`)
        transform (Callable, optional): Applied to a set at every access.

    Examples:
        >>> dataset = TwoMoonsSubsets(num_sets=4)
        >>> dataset[0], int(dataset[0].y.sum())
        (Data(x=[100, 2], y=[100]), 10)
    """

    noise = 0.1  # Of a circle of radius one.

    def points(self, kind: Tensor, generator: torch.Generator) -> Tensor:
        place = torch.rand(kind.shape, generator=generator).argsort(dim=1)
        angle = math.pi * place / (kind.size(1) - 1)
        outer = torch.stack([angle.cos(), angle.sin()], dim=-1)
        inner = torch.stack([1 - angle.cos(), 0.5 - angle.sin()], dim=-1)
        x = torch.where(kind.unsqueeze(-1) == 0, outer, inner)
        x = x + self.noise * torch.randn(x.shape, generator=generator)
        return 2 * x + x.new_tensor([-1.0, -0.2])


class GaussianMixtureSubsets(PlanarSubsets):
    r"""Two Gaussians with standard deviation one half, two apart, from the `"Learning Neural Set
    Functions Under the Optimal Subset Oracle" <https://arxiv.org/abs/2203.01693>`_ paper.

    Args:
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        num_sets (int, optional): The number of sets. (default: :obj:`1000`)
        size (int, optional): The number of elements of a set. (default: :obj:`100`)
        k (int, optional): The number of elements of a subset. (default: :obj:`10`)
        seed (int, optional): The sets are a function of it. (default: :obj:`0`)
        transform (Callable, optional): Applied to a set at every access.

    Examples:
        >>> dataset = GaussianMixtureSubsets(num_sets=4)
        >>> dataset[0], int(dataset[0].y.sum())
        (Data(x=[100, 2], y=[100]), 10)
    """

    def points(self, kind: Tensor, generator: torch.Generator) -> Tensor:
        centre = (2.0 * kind - 1).unsqueeze(-1) / math.sqrt(2)
        return centre + 0.5 * torch.randn(*kind.shape, 2, generator=generator)
