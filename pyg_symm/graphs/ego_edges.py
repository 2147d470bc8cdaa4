"""Edges among the members of ego-networks."""

import itertools

import torch
from torch import Tensor

from pyg_symm.utils import gather_segments, index_to_ptr
from pyg_symm.utils.memory import check_memory

from .ego_members import REMEDY, NeighborLists, find, is_sorted

_ROOTS = 1024  # Roots at a time, without a table.
_TABLE = 2**20  # Entries of a table that is looked up at random,
_WORTH = 32  # and the fewest roots for which a table is built.
_BYTES = 40  # For each edge that is looked at.


def ego_edges(graph: NeighborLists, root: Tensor, node: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    r"""Edges between members of one ego-network, ordered by ego-network and edge.

    Args:
        graph (NeighborLists): The graph.
        root (torch.Tensor): The ego-network of each member :math:`(n)`, ascending.
        node (torch.Tensor): The node of each member :math:`(n)`, ascending in each ego-network.

    Returns:
        tuple: Edges by position among the members :math:`(2, P)`, the edge of the graph behind
        each, and its ego-network :math:`(P)`.

    Raises:
        ValueError: If the edges do not fit into memory.
    """
    num_nodes = graph.num_nodes
    if node.numel() == 0:
        return node.new_empty(2, 0), node, node
    end, other = _ends(graph, node)
    from_source = end == graph.edge_index[0]
    order = None if is_sorted(end) else end.argsort(stable=True)
    other = other if order is None else other[order]
    ptr = index_to_ptr(end, num_nodes)
    degree = ptr.diff()
    size, table = _table(node, num_nodes)
    bounds = index_to_ptr(root, num_nodes)[::size].tolist()
    parts, count = [], 0
    for first, (low, high) in enumerate(itertools.pairwise([*bounds, node.numel()])):
        mine = node[low:high]
        looked_at = int(degree[mine].sum())
        count += looked_at
        what = f"ego-networks have up to {count:,} edges among their members and"
        check_memory(count * _BYTES, node.device, what, REMEDY)
        base = (root[low:high] - first * size) * num_nodes
        owner, position = gather_segments(ptr, mine)
        query = base.index_select(0, owner) + other.index_select(0, position)
        if table is None:
            place, found = find(base + mine, query)
        else:
            rank = torch.arange(high - low, dtype=table.dtype, device=node.device)
            table.index_copy_(0, base + mine, rank)
            place = table.index_select(0, query)
            found = place >= 0
            table.index_fill_(0, base + mine, -1)
        kept = found.nonzero().view(-1)
        owner, place, position = (part.index_select(0, kept) for part in (owner, place, position))
        parts.append((owner + low, place + low, position))
        count += position.numel() - looked_at
    mine, theirs, e_id = (torch.cat(part) for part in zip(*parts, strict=True))
    theirs = theirs.long()
    owner = root.index_select(0, mine)
    if order is not None:
        e_id = order[e_id]
        rank = (owner * graph.edge_index.size(1) + e_id).argsort()
        mine, theirs, e_id, owner = mine[rank], theirs[rank], e_id[rank], owner[rank]
    forward = from_source.index_select(0, e_id)
    source, target = torch.where(forward, mine, theirs), torch.where(forward, theirs, mine)
    return torch.stack([source, target]), e_id, owner


def _table(node: Tensor, num_nodes: int) -> tuple[int, Tensor | None]:
    """The number of roots to process together, and a table of all their possible members.

    A lookup in a table is much faster than a binary search, as long as a table for enough roots
    fits into the cache.
    """
    size = min(_TABLE // num_nodes, _ROOTS, num_nodes)
    if size < min(_WORTH, num_nodes):
        return _ROOTS, None
    return size, node.new_full((size * num_nodes,), -1, dtype=torch.int32)


def _ends(graph: NeighborLists, node: Tensor) -> tuple[Tensor, Tensor]:
    """The end from which each edge is searched, and its other end.

    Edges searched from the end that they are sorted by are found in order. But a hub is a member of
    many ego-networks: if searching its edges is too much work, every edge is searched from its end
    of lower degree instead.
    """
    source, target = graph.edge_index
    end, other = (source, target) if is_sorted(source) else (target, source)
    degree = torch.bincount(graph.edge_index.reshape(-1), minlength=graph.num_nodes)
    swap = degree[end] > degree[other]
    lower, higher = torch.where(swap, other, end), torch.where(swap, end, other)
    work, less = (
        torch.bincount(first, minlength=graph.num_nodes)[node].sum() for first in (end, lower)
    )
    return (lower, higher) if 2 * less < work else (end, other)
