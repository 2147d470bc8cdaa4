"""The networks that make basis functions out of a space's invariants."""

from torch import Tensor, nn

from .basis import KernelBasis
from .grid_bundle import GridBundle
from .kernels import Kernels, LazyBasis
from .space import Frame, Space


class SharedKernels(nn.Module):
    r"""Basis functions of all pairs, computed once for all layers.

    Args:
        space (Space): The space on which features live.
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
        self.space = space
        self.pairs = KernelBasis(len(space.loop), *sizes, cutoff=cutoff)
        self.fibre = KernelBasis(1, *sizes) if space.mixes else None

    @property
    def num_orientations(self) -> int:
        """The number of orientations at every point."""
        return self.space.grid.num if isinstance(self.space, GridBundle) else 1

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        self.pairs.reset_parameters()
        if self.fibre is not None:
            self.fibre.reset_parameters()

    def forward(self, frame: Frame, chunk_size: int | None = None) -> Kernels:
        r"""The basis functions of a graph.

        Args:
            frame (Frame): The pairs, and their invariants.
            chunk_size (int, optional): If given, every layer computes the basis functions for at
                most so many pairs at a time, and none are kept.
        """
        space: Tensor | LazyBasis
        if chunk_size is None:
            space = self.pairs(frame.attributes, frame.distance)
        else:
            space = LazyBasis(self.pairs, frame.attributes, frame.distance, chunk_size)
        loop = self.pairs(self.space.loop_attributes(frame.attributes))
        if not isinstance(self.space, GridBundle) or self.fibre is None:
            return Kernels(frame.pairs, space, loop)
        grid = self.space.grid
        inner = grid.inner_values.to(frame.attributes.dtype).unsqueeze(-1)
        return Kernels(frame.pairs, space, loop, self.fibre(inner), grid.inner_index, grid.weights)
