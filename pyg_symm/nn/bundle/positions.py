"""Features on positions alone."""

import torch
from torch import Tensor

from pyg_symm.groups.invariants import position_invariants, safe_norm

from .kernel_sum import Pairs
from .neighbors import neighbors
from .space import Frame, Space
from .window import PolynomialWindow


class Positions(Space):
    r"""The space :math:`\mathbb{R}^n`, where a pair has its distance only.

    A vector enters by its length. Vectors are read as

    .. math::
        \mathbf{v}_i = \sum_{j \in \mathcal{N}(i)} w(\| \mathbf{r}_{ij} \|) \, (y_i + y_j) \,
        \mathbf{r}_{ij} + \sum_k y_{ik} \mathbf{u}_{ik}

    with the vectors :math:`\mathbf{u}` that went in. All this is exactly equivariant under
    :math:`E(n)`.

    Args:
        cutoff (float, optional): Where the window :math:`w` ends. (default: :obj:`None`)
    """

    loop = (0.0,)

    def __init__(self, cutoff: float | None = None) -> None:
        super().__init__()
        self.window = PolynomialWindow(cutoff)

    @property
    def name(self) -> str:
        return "0"

    def read_channels(self, out_channels: int, out_vectors: int, in_vectors: int) -> int:
        return out_channels + out_vectors * (1 + in_vectors)

    def frame(
        self,
        pos: Tensor,
        edge_index: Tensor | None,
        batch: Tensor | None,
        cutoff: float | None,
    ) -> Frame:
        edges, two_way = neighbors(edge_index, batch, pos, share=True, cutoff=cutoff)
        distance = position_invariants(pos, edges)
        return Frame(Pairs(edges[0], edges[1], two_way, False), distance.unsqueeze(1), distance)

    def lift(self, x: Tensor, vec: Tensor | None, frame: Frame) -> Tensor:
        if vec is not None:
            lengths = safe_norm(vec).squeeze(-1)
            x = torch.cat([x, lengths.to(x.dtype)], dim=-1)
        return x.unsqueeze(1)

    def read(
        self, y: Tensor, out_channels: int, frame: Frame, pos: Tensor, vec: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        y = y.squeeze(1)
        scalars, rest = y[:, :out_channels], y[:, out_channels:]
        num_vectors = rest.size(1) // (1 if vec is None else 1 + vec.size(1))
        vectors = y.new_zeros(y.size(0), num_vectors, pos.size(1))
        if num_vectors == 0:
            return scalars, vectors
        along, factors = rest[:, :num_vectors], rest[:, num_vectors:]
        source, target = frame.pairs.source, frame.pairs.target
        offset = (pos[source] - pos[target]) * self.window(frame.distance)
        message = self.factor(along[target], along[source]).unsqueeze(-1) * offset.unsqueeze(1)
        vectors = vectors.to(message.dtype).index_add(0, target, message)
        source, target = (ends[: frame.pairs.two_way] for ends in (target, source))  # Back.
        offset = -offset[: frame.pairs.two_way]
        message = self.factor(along[target], along[source]).unsqueeze(-1) * offset.unsqueeze(1)
        vectors = vectors.index_add(0, target, message)
        if vec is not None:
            factors = factors.unflatten(1, (num_vectors, vec.size(1)))
            vectors = vectors + (factors.unsqueeze(-1) * vec.unsqueeze(1)).sum(2)
        return scalars, vectors

    def factor(self, receiver: Tensor, sender: Tensor) -> Tensor:
        """The factor of an offset, by what is read at its two ends."""
        return receiver + sender


class PooledPositions(Positions):
    r"""As :class:`Positions`, for vectors that are summed over a graph.

    If a pair has edges in both directions, :math:`(y_i + y_j) \, \mathbf{r}_{ij}` cancels in that
    sum. It is replaced by :math:`y_j \, \mathbf{r}_{ij}`, with the features of the sender only.
    """

    def factor(self, receiver: Tensor, sender: Tensor) -> Tensor:
        return sender
