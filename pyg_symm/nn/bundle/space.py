"""The space on which a network's features live."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .kernel_sum import Pairs


class Frame(NamedTuple):
    r"""Points of a space, and the invariants of pairs of them.

    Args:
        pairs (Pairs): Which points each pair joins :math:`(R)`.
        attributes (torch.Tensor): Invariants of pairs :math:`(R, O, d)`.
        distance (torch.Tensor): Distances of pairs :math:`(R, 1)`.
        owner (torch.Tensor, optional): The node of each point :math:`(M)`, where nodes have any
            number of points.
        orientation (torch.Tensor, optional): The orientation of each of these points
            :math:`(M, n)`.
    """

    pairs: Pairs
    attributes: Tensor
    distance: Tensor
    owner: Tensor | None = None
    orientation: Tensor | None = None


class Space(nn.Module):
    r"""How scalars and vectors of nodes become functions on a space, and functions become scalars
    and vectors.

    Attributes:
        loop (tuple): The invariants of a point and itself; as many as any pair has.
        mixes (bool): Whether features of one node at several orientations are mixed.
    """

    loop: tuple[float, ...]
    mixes = False

    @property
    def num_orientations(self) -> int:
        """The number of orientations at every point."""
        return 1

    @property
    def name(self) -> str:
        """The argument :obj:`orientations` of a network that gives this space."""
        raise NotImplementedError

    def lifted_channels(self, in_channels: int, in_vectors: int) -> int:
        """The number of functions that scalars and vectors become."""
        return in_channels + in_vectors

    def read_channels(self, out_channels: int, out_vectors: int, in_vectors: int) -> int:
        """The number of functions from which scalars and vectors are read."""
        return out_channels + out_vectors

    def frame(
        self,
        pos: Tensor,
        edge_index: Tensor | None,
        batch: Tensor | None,
        cutoff: float | None,
    ) -> Frame:
        r"""The points of a graph, and the invariants of its pairs.

        Args:
            pos (torch.Tensor): Positions :math:`(N, n)`.
            edge_index (torch.Tensor, optional): Edges :math:`(2, E)`. (default: all pairs of nodes
                of a graph)
            batch (torch.Tensor, optional): The graph of each node :math:`(N)`.
            cutoff (float, optional): Longer pairs may be left out.
        """
        raise NotImplementedError

    def lift(self, x: Tensor, vec: Tensor | None, frame: Frame) -> Tensor:
        r"""Scalars and vectors as functions.

        Args:
            x (torch.Tensor): Scalars :math:`(N, F)`.
            vec (torch.Tensor, optional): Vectors :math:`(N, V, n)`.
            frame (Frame): The points.

        Returns:
            torch.Tensor: Functions :math:`(M, O, F + V)`.
        """
        raise NotImplementedError

    def read(
        self, y: Tensor, out_channels: int, frame: Frame, pos: Tensor, vec: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        r"""Scalars and vectors from functions.

        Args:
            y (torch.Tensor): Functions :math:`(M, O, F' + V')`, those of scalars first.
            out_channels (int): The number of scalars :math:`F'`.
            frame (Frame): The points.
            pos (torch.Tensor): Positions :math:`(N, n)`.
            vec (torch.Tensor, optional): Vectors that went in :math:`(N, V, n)`.

        Returns:
            tuple: Scalars :math:`(N, F')` and vectors :math:`(N, V', n)`.
        """
        raise NotImplementedError

    def in_order(self, x: Tensor) -> Tensor:
        """Features :math:`(N, O, C)` on a grid, in the order that the space has for them."""
        return x

    def in_grid_order(self, x: Tensor) -> Tensor:
        """Features of this space :math:`(N, O, C)` in the order of the grid's points."""
        return x

    def loop_attributes(self, like: Tensor) -> Tensor:
        """The invariants of a point and itself :math:`(d)`."""
        return torch.tensor(self.loop, dtype=like.dtype, device=like.device)
