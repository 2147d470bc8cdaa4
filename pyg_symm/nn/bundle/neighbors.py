"""Which pairs of nodes exchange messages, each pair once where both directions are there."""

import torch
from torch import Tensor

from pyg_symm.utils import index_to_ptr, ptr_to_index


def all_pairs(batch: Tensor | None, num_nodes: int, device: torch.device) -> Tensor:
    r"""All pairs of different nodes of a graph, each once.

    Args:
        batch (torch.Tensor, optional): The graph of each node :math:`(N)`, in any order.
        num_nodes (int): The number of nodes :math:`N`.
        device (torch.device): Where the result goes.

    Returns:
        torch.Tensor: Pairs :math:`(2, P)`.

    Examples:
        >>> all_pairs(torch.tensor([0, 0, 0, 1, 1]), 5, "cpu")
        tensor([[0, 0, 1, 3],
                [1, 2, 2, 4]])
    """
    if batch is None or batch.numel() == 0:
        return torch.triu_indices(num_nodes, num_nodes, 1, device=device)
    graph, order = batch.sort(stable=True)
    ends = index_to_ptr(graph, int(graph[-1]) + 1)[1:]
    place = torch.arange(num_nodes, device=device)
    counts = ends[graph] - place - 1  # The nodes of the graph behind each node.
    ptr = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
    first = ptr_to_index(ptr)
    second = first + 1 + torch.arange(first.numel(), device=device) - ptr[first]
    return torch.stack([order[first], order[second]])


def two_way_pairs(edge_index: Tensor, num_nodes: int) -> Tensor | None:
    r"""The pairs of nodes of edges that all run in both directions, each once.

    Args:
        edge_index (torch.Tensor): Edges without loops :math:`(2, E)`.
        num_nodes (int): The number of nodes.

    Returns:
        torch.Tensor: Pairs :math:`(2, E / 2)`; :obj:`None` if an edge runs one way, or twice.

    Examples:
        >>> two_way_pairs(torch.tensor([[2, 0, 1, 1], [1, 1, 0, 2]]), num_nodes=3)
        tensor([[0, 1],
                [1, 2]])
    """
    if edge_index.size(1) % 2 == 1:
        return None
    low, high = edge_index.amin(0), edge_index.amax(0)
    falling = edge_index[0] > edge_index[1]
    key, _ = ((low * num_nodes + high) * 2 + falling).sort()
    there, back = key[0::2], key[1::2]
    if not bool(((there % 2 == 0) & (back == there + 1)).all()):
        return None
    pair = torch.div(there, 2, rounding_mode="floor")
    first = torch.div(pair, num_nodes, rounding_mode="floor")
    return torch.stack([first, pair - first * num_nodes])


def neighbors(
    edge_index: Tensor | None, batch: Tensor | None, pos: Tensor, share: bool
) -> tuple[Tensor, bool]:
    r"""The edges of a graph without loops.

    Args:
        edge_index (torch.Tensor, optional): Edges :math:`(2, E)`. (default: all pairs of different
            nodes of a graph)
        batch (torch.Tensor, optional): The graph of each node :math:`(N)`.
        pos (torch.Tensor): Positions :math:`(N, n)`.
        share (bool): Whether one edge may stand for both directions.

    Returns:
        tuple: Edges :math:`(2, R)`, and whether each stands for both directions.
    """
    if edge_index is None:
        pairs = all_pairs(batch, pos.size(0), pos.device)
        return (pairs, True) if share else (torch.cat([pairs, pairs.flip(0)], dim=1), False)
    edge_index = edge_index[:, edge_index[0] != edge_index[1]]
    pairs_of_edges = two_way_pairs(edge_index, pos.size(0)) if share else None
    return (edge_index, False) if pairs_of_edges is None else (pairs_of_edges, True)


def within(edge_index: Tensor, pos: Tensor, cutoff: float | None) -> Tensor:
    r"""The edges that are shorter than a cutoff, all of them if there is none."""
    if cutoff is None:
        return edge_index
    offset = pos.detach()[edge_index[0]] - pos.detach()[edge_index[1]]
    return edge_index[:, offset.square().sum(-1) < cutoff**2]
