"""Colour refinement, the test of Weisfeiler and Leman on nodes (1-WL)."""

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symm.utils import index_to_ptr, rank_within

from .edge_list import edge_list


def refined_colors(color: Tensor, edge_index: Tensor, num_rounds: int | None = None) -> Tensor:
    r"""Refines a colouring of nodes by the colours of their neighbours.

    .. math::
        c_v \leftarrow \left( c_v, \, \{\!\!\{ c_u : u \to v \}\!\!\} \right)

    Exact: rows of sorted colours are compared, nothing is hashed. No loop over nodes.

    Args:
        color (torch.Tensor): Colours :math:`(N)`, long.
        edge_index (torch.Tensor): Edges :math:`(2, E)`.
        num_rounds (int, optional): The number of rounds. (default: until the colouring is stable)

    Returns:
        torch.Tensor: Colours :math:`(N)`, numbered from 0. The numbers of two graphs compare only
        if both are refined as parts of one.

    Examples:
        Ends, their neighbours, and the middle of a path:

        >>> edge_index = torch.tensor([[0, 1, 1, 2, 2, 3, 3, 4], [1, 0, 2, 1, 3, 2, 4, 3]])
        >>> refined_colors(torch.zeros(5, dtype=torch.long), edge_index)
        tensor([0, 1, 2, 1, 0])
    """
    num_nodes = color.numel()
    colors, color = color.unique(return_inverse=True)
    num_colors = colors.numel()
    source, target = edge_list(edge_index)[0]
    index = target.sort().values
    ptr = index_to_ptr(index, num_nodes)
    place = rank_within(index, ptr) + 1
    width = int(ptr.diff().max()) + 1 if num_nodes > 0 else 1
    # A graph has at most as many colours as nodes, so that further rounds change nothing.
    for _ in range(num_nodes if num_rounds is None else num_rounds):
        neighbor = (target * num_nodes + color[source]).sort().values % num_nodes
        rows = color.new_full((num_nodes, width), -1)
        rows[:, 0] = color
        rows[index, place] = neighbor
        distinct, color = rows.unique(dim=0, return_inverse=True)
        if distinct.size(0) == num_colors:
            break
        num_colors = distinct.size(0)
    return color


def wl_equivalent(one: Data, other: Data, num_rounds: int | None = None) -> bool:
    r"""Whether 1-WL finds no difference: equal histograms of colours after refinement.

    Nodes with equal features :obj:`x` start with the same colour; without :obj:`x` all nodes do.
    Message passing cannot tell apart what 1-WL does not
    (`Xu et al. <https://arxiv.org/abs/1810.00826>`_,
    `Morris et al. <https://arxiv.org/abs/1810.02244>`_).

    Args:
        one (Data): A graph.
        other (Data): Another.
        num_rounds (int, optional): The number of rounds. (default: until the colouring is stable)

    Examples:
        A ring of six nodes, and two rings of three:

        >>> ring = torch.tensor([[0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 0]])
        >>> rings = torch.tensor([[0, 1, 2, 3, 4, 5], [1, 2, 0, 4, 5, 3]])
        >>> one, other = (Data(edge_index=edges, num_nodes=6) for edges in (ring, rings))
        >>> wl_equivalent(one, other)
        True
    """
    num_nodes = [int(data.num_nodes or 0) for data in (one, other)]
    x = [
        torch.zeros(num, 1) if data.x is None else data.x.unsqueeze(-1).flatten(1)
        for data, num in zip((one, other), num_nodes, strict=True)
    ]
    if (one.x is None) != (other.x is None) or x[0].size(1) != x[1].size(1):
        raise ValueError(f"'x' must have one width in both graphs (got {one} and {other})")
    if num_nodes[0] != num_nodes[1]:
        return False
    color = torch.cat(x).unique(dim=0, return_inverse=True)[1]
    edge_index = torch.cat([one.edge_index, other.edge_index + num_nodes[0]], dim=1)
    color = refined_colors(color, edge_index, num_rounds)
    return torch.equal(color[: num_nodes[0]].sort().values, color[num_nodes[0] :].sort().values)
