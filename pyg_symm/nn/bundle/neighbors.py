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


def two_way_first(edge_index: Tensor, num_nodes: int) -> tuple[Tensor, int]:
    r"""Edges in which one stands for both directions wherever both are there.

    Args:
        edge_index (torch.Tensor): Edges without loops :math:`(2, E)`. Of parallel edges, those
            that find no partner stay as they are.
        num_nodes (int): The number of nodes.

    Returns:
        tuple: Edges :math:`(2, R)`, and how many of them, the first ones, stand for both
        directions.

    Examples:
        >>> two_way_first(torch.tensor([[2, 0, 1, 1, 0], [1, 1, 0, 2, 2]]), num_nodes=3)
        (tensor([[0, 1, 0],
                [1, 2, 2]]), 2)
    """
    low, high = torch.minimum(*edge_index).long(), torch.maximum(*edge_index).long()
    falling = edge_index[0] > edge_index[1]
    # The way back has the next key.
    key, order = ((low * num_nodes + high) * 2 + falling).sort()
    met = (key[1:] == key[:-1] + 1) & (key[:-1] % 2 == 0)
    alone = met.new_ones(key.numel())
    alone[:-1] &= ~met
    alone[1:] &= ~met
    first = met.nonzero().view(-1)
    rows = torch.cat([order[first], order[alone]])
    return edge_index.index_select(1, rows), first.numel()


def neighbors(
    edge_index: Tensor | None,
    batch: Tensor | None,
    pos: Tensor,
    share: bool,
    cutoff: float | None = None,
) -> tuple[Tensor, int]:
    r"""The edges of a graph without loops.

    Args:
        edge_index (torch.Tensor, optional): Edges :math:`(2, E)`. (default: all pairs of different
            nodes of a graph)
        batch (torch.Tensor, optional): The graph of each node :math:`(N)`.
        pos (torch.Tensor): Positions :math:`(N, n)`.
        share (bool): Whether one edge may stand for both directions.
        cutoff (float, optional): Longer edges are left out. (default: :obj:`None`)

    Returns:
        tuple: Edges :math:`(2, R)`, and how many of them, the first ones, stand for both
        directions.
    """
    if edge_index is None:
        pairs = within(all_pairs(batch, pos.size(0), pos.device), pos, cutoff)
        return (pairs, pairs.size(1)) if share else (torch.cat([pairs, pairs.flip(0)], dim=1), 0)
    edge_index = within(edge_index[:, edge_index[0] != edge_index[1]], pos, cutoff)
    return two_way_first(edge_index, pos.size(0)) if share else (edge_index, 0)


def within(edge_index: Tensor, pos: Tensor, cutoff: float | None) -> Tensor:
    r"""The edges that are shorter than a cutoff, all of them if there is none.

    Edges whose length is NaN stay, so that errors in positions show in the result.
    """
    if cutoff is None:
        return edge_index
    offset = pos.detach()[edge_index[0]] - pos.detach()[edge_index[1]]
    return edge_index[:, ~(offset.square().sum(-1) >= cutoff**2)]
