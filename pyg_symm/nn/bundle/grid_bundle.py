"""Features on positions times a grid of orientations."""

import torch
from torch import Tensor

from pyg_symm.groups import OrientationGrid, bundle_invariants, position_invariants

from .kernel_sum import Pairs
from .neighbors import neighbors
from .space import Frame, Space


class GridBundle(Space):
    r"""The space :math:`\mathbb{R}^n \times S^{n-1}`, with one grid of orientations at every node.

    A vector enters as the function :math:`\mathbf{o} \mapsto \mathbf{v} \cdot \mathbf{o}`. Scalars
    are read as the weighted mean over orientations, vectors as
    :math:`\sum_{\mathbf{o}} w_{\mathbf{o}} \, y(\mathbf{o}) \, \mathbf{o}`. A vector that enters
    and is read at once becomes :math:`\mathbf{v} / n` on grids of degree two or more.

    If the grid has all opposite points, features have its orientations in the order of
    :obj:`grid.halves`, in which the opposite of an orientation has its place in the other half.

    Args:
        grid (OrientationGrid): The orientations.
    """

    loop = (0.0, 0.0)
    mixes = True

    def __init__(self, grid: OrientationGrid) -> None:
        super().__init__()
        self.grid = grid

    @property
    def num_orientations(self) -> int:
        return self.grid.num

    @property
    def name(self) -> str:
        return repr(self.grid)

    def frame(
        self,
        pos: Tensor,
        edge_index: Tensor | None,
        batch: Tensor | None,
        cutoff: float | None,
    ) -> Frame:
        share = self.grid.halves is not None
        edges, two_way = neighbors(edge_index, batch, pos, share, cutoff)
        attributes = bundle_invariants(pos, edges, self.points)
        distance = position_invariants(pos, edges)
        return Frame(Pairs(edges[0], edges[1], two_way, share), attributes, distance)

    def lift(self, x: Tensor, vec: Tensor | None, frame: Frame) -> Tensor:
        x = x.unsqueeze(1).expand(-1, self.grid.num, -1)
        if vec is None:
            return x
        along = vec.unsqueeze(1) * self.points.to(vec.dtype)[:, None]  # [N, O, V, n]
        return torch.cat([x, along.sum(-1).to(x.dtype)], dim=-1)

    def read(
        self, y: Tensor, out_channels: int, frame: Frame, pos: Tensor, vec: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        y = y * self.weights.to(y.dtype).unsqueeze(-1)
        vectors = y[..., out_channels:].mT @ self.points.to(y.dtype)
        return y[..., :out_channels].sum(1), vectors

    @property
    def points(self) -> Tensor:
        """The orientations in the order of features :math:`(O, n)`."""
        return self.in_order(self.grid.points, 0)

    @property
    def weights(self) -> Tensor:
        """Their quadrature weights :math:`(O)`."""
        return self.in_order(self.grid.weights, 0)

    @property
    def inner_index(self) -> Tensor:
        """The inner product of each pair of them :math:`(O, O)`."""
        return self.in_order(self.in_order(self.grid.inner_index, 0), 1)

    def in_order(self, x: Tensor, dim: int = 1) -> Tensor:
        return x if self.grid.halves is None else x.index_select(dim, self.grid.halves)

    def in_grid_order(self, x: Tensor) -> Tensor:
        return x if self.grid.halves is None else x.index_select(1, self.grid.halves.argsort())
