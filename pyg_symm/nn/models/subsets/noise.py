"""Random numbers of elements."""

import torch
from torch import Tensor
from torch_geometric.utils import to_dense_batch

from pyg_symm.utils import Noise, index_to_ptr, rank_within


class ElementNoise:
    r"""Uniform random numbers of the elements of sets.

    They are drawn from a generator, or from PyTorch's own. With ``fixed``, they depend on nothing
    but the rank of an element in its set by a key, such as a feature: they follow an element when
    its set is reordered, and do not depend on other sets. Elements with equal keys are ranked by
    their order.

    Args:
        index (torch.Tensor): The set of each element :math:`(N)`.
        dim_size (int): The number of sets.
        key (torch.Tensor): What elements are ranked by :math:`(N)`.
        fixed (bool): Whether numbers depend on ranks.
        generator (torch.Generator, optional): The source of numbers, unless they are fixed.
    """

    def __init__(
        self,
        index: Tensor,
        dim_size: int,
        key: Tensor,
        fixed: bool,
        generator: torch.Generator | None = None,
    ) -> None:
        self.index, self.dim_size, self.generator = index, dim_size, generator
        self.device, self.dtype = key.device, key.dtype
        self.rank = _ranks(index, dim_size, key.detach()) if fixed else None
        self._calls = 0

    def uniform(self, num_samples: int) -> Tensor:
        r"""Numbers in :math:`[0, 1)` for each of some samples :math:`(M, N)`; others every time.

        Fixed ones are a Latin hypercube: of an element, one is in each of M equal intervals.
        """
        self._calls += 1
        if self.rank is None:
            return self._drawn(num_samples, self.index.numel())
        sample = torch.arange(num_samples, device=self.device).unsqueeze(1)
        interval = Noise(0).uniform(self._calls, sample, self.rank).argsort(dim=0)
        return (interval + Noise(1).uniform(self._calls, sample, self.rank)) / num_samples

    def _drawn(self, *size: int) -> Tensor:
        device = self.device if self.generator is None else self.generator.device
        drawn = torch.rand(*size, generator=self.generator, device=device, dtype=torch.double)
        return drawn.to(self.device)

    def bernoulli(self, probability: Tensor, num_samples: int) -> Tensor:
        """Boolean samples :math:`(M, N)` of elements with probabilities :math:`(N)`."""
        return self.uniform(num_samples) < probability.detach()

    def padded_bernoulli(self, probability: Tensor, index: Tensor) -> Tensor:
        r"""For each element of each padded set, a sample of all elements of its set.

        These numbers are never fixed.

        Args:
            probability (torch.Tensor): Probabilities of elements, sorted by sets :math:`(N)`.
            index (torch.Tensor): The set of each :math:`(N)`.

        Returns:
            torch.Tensor: Boolean samples :math:`(B, N', N')`.
        """
        padded, _ = to_dense_batch(probability.detach(), index, batch_size=self.dim_size)
        return self._drawn(*padded.shape, padded.size(1)) < padded.unsqueeze(1)


def _ranks(index: Tensor, dim_size: int, key: Tensor) -> Tensor:
    by_key = key.argsort(stable=True)
    order = by_key[index[by_key].argsort(stable=True)]
    sets = index[order]
    rank = torch.empty_like(index)
    rank[order] = rank_within(sets, index_to_ptr(index, dim_size))
    return rank
