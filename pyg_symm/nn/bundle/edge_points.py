"""Features on edges, each a point with an orientation."""

import torch
from torch import Tensor
from torch_geometric.utils import scatter

from pyg_symm.groups import point_invariants, position_invariants
from pyg_symm.utils import index_to_ptr
from pyg_symm.utils.ragged import gather_segments

from .kernel_sum import Pairs
from .neighbors import neighbors, within
from .space import Frame, Space


class EdgePoints(Space):
    r"""Points of :math:`\mathbb{R}^n \times S^{n-1}`, one for every edge.

    The edge :math:`s \to t` becomes a point at :math:`\mathbf{x}_t` with the orientation
    :math:`(\mathbf{x}_s - \mathbf{x}_t) / \| \mathbf{x}_s - \mathbf{x}_t \|`. It receives messages
    from the points of all nodes with an edge to :math:`t`, and from those of :math:`t`. A vector
    enters as :math:`\mathbf{v} \cdot \mathbf{o}`. Scalars and vectors of a node are read as the
    means of :math:`y` and :math:`y \, \mathbf{o}` over its points. They are zero at nodes without
    points, which no edge leads to. Nothing is sampled, so that a network on this space is exactly
    equivariant under :math:`E(n)`.
    """

    loop = (0.0, 0.0, 1.0)

    @property
    def name(self) -> str:
        return "'edges'"

    def frame(
        self,
        pos: Tensor,
        edge_index: Tensor | None,
        batch: Tensor | None,
        cutoff: float | None,
    ) -> Frame:
        edges, _ = neighbors(edge_index, batch, pos, share=False)
        near = within(edges, pos, cutoff)
        if edge_index is None:
            edges = near
        edges = edges[:, edges[1].argsort(stable=True)]
        owner, orientation = edges[1], unit_offsets(pos, edges)
        source, target = _lifted_pairs(owner, near, pos.size(0))
        lifted, joined = pos.index_select(0, owner), torch.stack([source, target])
        attributes = point_invariants(lifted, orientation, joined)
        distance = position_invariants(lifted, joined)
        pairs = Pairs(source, target, 0, False)
        return Frame(pairs, attributes.unsqueeze(1), distance, owner, orientation)

    def lift(self, x: Tensor, vec: Tensor | None, frame: Frame) -> Tensor:
        assert frame.owner is not None and frame.orientation is not None
        out = x.index_select(0, frame.owner)
        if vec is not None:
            along = vec.index_select(0, frame.owner) * frame.orientation.unsqueeze(1)
            out = torch.cat([out, along.sum(-1).to(x.dtype)], dim=-1)
        return out.unsqueeze(1)

    def read(
        self, y: Tensor, out_channels: int, frame: Frame, pos: Tensor, vec: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        assert frame.owner is not None and frame.orientation is not None
        y = y.squeeze(1)
        along = y[:, out_channels:].unsqueeze(-1) * frame.orientation.unsqueeze(1)
        scalars, vectors = (
            scatter(part, frame.owner, dim=0, dim_size=pos.size(0), reduce="mean")
            for part in (y[:, :out_channels], along)
        )
        return scalars, vectors


def unit_offsets(pos: Tensor, edge_index: Tensor) -> Tensor:
    r"""Unit vectors from the receiver of each edge to its sender :math:`(E, n)`.

    Args:
        pos (torch.Tensor): Positions :math:`(N, n)`.
        edge_index (torch.Tensor): Edges without loops :math:`(2, E)`.

    Raises:
        ValueError: If the ends of an edge coincide.
    """
    offset = pos[edge_index[0]] - pos[edge_index[1]]
    length = torch.linalg.vector_norm(offset, dim=-1, keepdim=True)
    wrong = (length.view(-1) == 0).nonzero().view(-1)
    if wrong.numel() > 0:
        raise ValueError(
            f"'pos' must differ at the two ends of every edge, which is an orientation (nodes "
            f"{edge_index[:, wrong[0]].tolist()} are at {pos[edge_index[0, wrong[0]]].tolist()})"
        )
    return offset / length


def _lifted_pairs(owner: Tensor, near: Tensor, num_nodes: int) -> tuple[Tensor, Tensor]:
    """Pairs of different points whose nodes are equal or joined, for points sorted by node."""
    ptr = index_to_ptr(owner, num_nodes)
    loops = torch.arange(num_nodes, device=owner.device)
    joined = torch.cat([near, loops.expand(2, -1)], dim=1)
    join, target = gather_segments(ptr, joined[1])
    place, source = gather_segments(ptr, joined[0][join])
    target = target[place]
    keep = source != target
    return source[keep], target[keep]
