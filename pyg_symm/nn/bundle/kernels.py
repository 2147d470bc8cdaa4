"""Shared parts of the convolutions of all layers: basis functions of every pair and orientation."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from .basis import KernelBasis
from .kernel_sum import Pairs, kernel_sum
from .turn import turned


@dataclass(frozen=True)
class Kernels:
    r"""Basis functions, and which nodes and orientations they join.

    Args:
        pairs (Pairs): Which nodes each of :math:`R` kernels joins.
        space (torch.Tensor or LazyBasis): Basis functions of the pairs and, behind them, those of a
            node and itself :math:`(R + 1, O, B)`. As :math:`\mathbf{r} = 0`, the latter are the
            same for all nodes.
        fibre (torch.Tensor, optional): Basis functions of the distinct inner products of two
            orientations :math:`(K, B)`. Without them, orientations are not mixed.
        inner_index (torch.Tensor, optional): The inner product of each pair of orientations
            :math:`(O, O)`.
        weights (torch.Tensor, optional): The quadrature weights of orientations :math:`(O)`.
    """

    pairs: Pairs
    space: "Tensor | LazyBasis"
    fibre: Tensor | None = None
    inner_index: Tensor | None = None
    weights: Tensor | None = None

    def sum(self, lin: nn.Linear, x: Tensor) -> Tensor:
        r"""The sum over neighbours, with kernels that are a linear map of the basis functions.

        Args:
            lin (torch.nn.Linear): The map from :math:`B` to :math:`C` channels.
            x (torch.Tensor): Features :math:`(N, O, C)`.
        """
        if isinstance(self.space, Tensor):
            return kernel_sum(lin(self.space), x, self.pairs)
        return reduce(add, self.space.sums(lin, x, self.pairs))

    def mix(self, lin: nn.Linear, x: Tensor) -> Tensor:
        r"""The weighted sum over orientations.

        Args:
            lin (torch.nn.Linear): The map from :math:`B` to :math:`C` channels.
            x (torch.Tensor): Features :math:`(N, O, C)`.
        """
        assert self.fibre is not None and self.inner_index is not None
        assert self.weights is not None
        num, size, channels = x.shape
        kernel = torch.mm(lin.weight, self.fibre.t())  # [C, K], of which inner products choose.
        kernel = kernel.index_select(1, self.inner_index.flatten()).view(channels, size, size)
        kernel = kernel * self.weights.to(kernel.dtype).unsqueeze(-1)
        # A product of matrices for each channel. Inner products are symmetric.
        x = turned(x.to(kernel.dtype).reshape(-1, channels)).view(channels, num, size)
        return turned(torch.bmm(x, kernel).view(channels, -1)).view(num, size, channels)


class LazyBasis:
    r"""Basis functions that every layer computes anew, for some pairs at a time.

    Args:
        basis (KernelBasis): The basis functions.
        attributes (torch.Tensor): Invariants of all pairs, and of a node and itself
            :math:`(R + 1, O, d)`.
        distance (torch.Tensor): Their distances :math:`(R + 1, 1)`.
        size (int): The largest number of pairs at a time.
    """

    def __init__(self, basis: KernelBasis, attributes: Tensor, distance: Tensor, size: int) -> None:
        self.basis, self.attributes, self.distance, self.size = basis, attributes, distance, size

    def sums(self, lin: nn.Linear, x: Tensor, pairs: Pairs) -> Iterator[Tensor]:
        r"""The sums over the neighbours in each part of the pairs."""

        def work(x: Tensor, attributes: Tensor, distance: Tensor, part: Pairs) -> Tensor:
            return kernel_sum(lin(self.basis(attributes, distance)), x, part)

        num = pairs.source.numel()
        for start in range(0, max(num, 1), self.size):
            stop = min(start + self.size, num)
            part = pairs.part(start, stop)
            rows = slice(start, stop + part.loops)
            args = (x, self.attributes[rows], self.distance[rows], part)
            if torch.is_grad_enabled():
                yield checkpoint(work, *args, use_reentrant=False, preserve_rng_state=False)
            else:
                yield work(*args)
