"""The networks that make basis functions out of a space's invariants."""

import torch
from torch import Tensor, nn

from .basis import KernelBasis
from .grid_bundle import GridBundle
from .kernels import Kernels, LazyBasis
from .space import Frame, Space


class SharedKernels(nn.Module):
    r"""Basis functions of all pairs, computed once for all layers.

    Args:
        space (Space): The space on which features live. It is not kept: the network owns it.
        hidden_channels (int): The hidden width of the networks.
        basis_channels (int): The number of basis functions :math:`B`.
        degree (int, optional): See :class:`PolynomialFeatures`. (default: :obj:`3`)
        distinct (bool, optional): See :class:`PolynomialFeatures`. (default: :obj:`True`)
        cutoff (float, optional): See :class:`PolynomialWindow`. (default: :obj:`None`)
    """

    def __init__(
        self,
        space: Space,
        hidden_channels: int,
        basis_channels: int,
        degree: int = 3,
        distinct: bool = True,
        cutoff: float | None = None,
    ) -> None:
        super().__init__()
        sizes = (hidden_channels, basis_channels, degree, distinct)
        self.pairs = KernelBasis(len(space.loop), *sizes, cutoff=cutoff)
        self.fibre = KernelBasis(1, *sizes) if space.mixes else None

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        self.pairs.reset_parameters()
        if self.fibre is not None:
            self.fibre.reset_parameters()

    def forward(self, space: Space, frame: Frame, chunk_size: int | None = None) -> Kernels:
        r"""The basis functions of a graph.

        Args:
            space (Space): The space.
            frame (Frame): The pairs, and their invariants.
            chunk_size (int, optional): If given, every layer computes the basis functions for at
                most so many pairs at a time, and none are kept.
        """
        loop = space.loop_attributes(frame.attributes).expand(1, *frame.attributes.shape[1:])
        attributes = torch.cat([frame.attributes, loop])
        distance = torch.cat([frame.distance, frame.distance.new_zeros(1, 1)])
        basis: Tensor | LazyBasis
        if chunk_size is None:
            basis = self.pairs(attributes, distance)
        else:
            basis = LazyBasis(self.pairs, attributes, distance, chunk_size)
        pairs = frame.pairs._replace(loops=True)
        if not isinstance(space, GridBundle) or self.fibre is None:
            return Kernels(pairs, basis)
        inner = space.grid.inner_values.to(frame.attributes.dtype).unsqueeze(-1)
        return Kernels(pairs, basis, self.fibre(inner), space.inner_index, space.weights)
