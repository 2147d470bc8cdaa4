"""Rooted ego-networks by sparse expansion."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symm.utils import (
    check_index,
    gather_segments,
    index_to_ptr,
    random_order,
    rank_within,
)

_ROOTS = 1024  # At a time: bounds what is alive, and keeps searches within the cache.
_TABLE = 2**20  # Entries of a table that is looked up at random,
_WORTH = 32  # and the fewest roots for which one is made.


class EgoNetworks(NamedTuple):
    r"""Node sets around roots and the edges inside, all :math:`S` of them end to end.

    Attributes:
        root: The node in the middle of each ego-network :math:`(S)`.
        node: The node of each member :math:`(n)`, ego by ego, ascending.
        hop: Its distance to the root :math:`(n)`.
        owner: The ego-network of each member :math:`(n)`.
        edge_index: Edges between members :math:`(2, P)`, by position among the members.
        edge_id: The edge of the graph behind each :math:`(P)`.
        edge_owner: Its ego-network :math:`(P)`.
        ego_id: The ego-network of each node :math:`(N)`.
    """

    root: Tensor
    node: Tensor
    hop: Tensor
    owner: Tensor
    edge_index: Tensor
    edge_id: Tensor
    edge_owner: Tensor
    ego_id: Tensor


def ego_networks(
    edge_index: Tensor,
    num_nodes: int,
    num_hops: int,
    max_nodes: int | None = None,
    dedup: bool = False,
    seed: int = 0,
) -> EgoNetworks:
    r"""The :math:`k`-hop ego-network of every node; see :class:`~pyg_symm.transforms.EgoNets`.

    Args:
        edge_index (torch.Tensor): Edges :math:`(2, E)`.
        num_nodes (int): The number of nodes :math:`N`.
        num_hops (int): The number of hops :math:`k`.
        max_nodes (int, optional): The most members to keep. (default: :obj:`None`)
        dedup (bool, optional): Keep one of those with the same members. (default: :obj:`False`)
        seed (int, optional): The seed of the choice among too many. (default: :obj:`0`)

    Raises:
        ValueError: If ``edge_index`` has another shape or names nodes that are not there.
    """
    graph = _Graph.of(edge_index, num_nodes, max_nodes, seed)
    owner, node, hop = _members(graph, num_hops, max_nodes, seed + 1)
    root = ego_id = torch.arange(num_nodes, device=edge_index.device)
    if dedup:
        root, ego_id = _same_members(owner, node, num_nodes)
        owner, node, hop = _nearest(owner, node, hop, root, ego_id)
    return EgoNetworks(root, node, hop, owner, *_induced(graph, owner, node), ego_id)


class _Graph(NamedTuple):
    """Edges as given, and the sources of the edges into each node."""

    edge_index: Tensor
    num_nodes: int
    neighbor: Tensor
    ptr: Tensor

    @classmethod
    def of(cls, edge_index: Tensor, num_nodes: int, max_nodes: int | None, seed: int) -> "_Graph":
        if edge_index.dim() != 2 or edge_index.size(0) != 2:
            raise ValueError(f"'edge_index' must be of shape [2, E] (got {list(edge_index.shape)})")
        check_index(edge_index.reshape(-1), num_nodes)
        source, target = edge_index
        if not _is_sorted(target):
            target, order = target.sort(stable=True)
            source = source[order]
        if max_nodes is not None:
            # Parallel edges count once: they must not take the place of other neighbours.
            key = (target.long() * num_nodes + source).unique()
            target, source = key // num_nodes, key % num_nodes
            shuffle = random_order(target, torch.Generator().manual_seed(seed))
            kept = rank_within(target, index_to_ptr(target, num_nodes)) < max_nodes
            source, target = source[shuffle][kept], target[kept]
        return cls(edge_index, num_nodes, source, index_to_ptr(target, num_nodes))


def _members(
    graph: _Graph, num_hops: int, max_nodes: int | None, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Root, node and hop of each member, ordered by root and node."""
    if graph.num_nodes == 0:
        empty = graph.neighbor.new_empty(0)
        return empty, empty, empty
    generator = torch.Generator().manual_seed(seed)
    keys, hops = [], []
    for roots in torch.arange(graph.num_nodes, device=graph.neighbor.device).split(_ROOTS):
        found = list(_expand(graph, roots, num_hops, max_nodes, generator))
        key, order = torch.cat(found).sort()
        hop = torch.cat([torch.full_like(part, i) for i, part in enumerate(found)])
        keys.append(key)
        hops.append(hop[order])
    key = torch.cat(keys)
    return key // graph.num_nodes, key % graph.num_nodes, torch.cat(hops)


def _is_sorted(index: Tensor) -> bool:
    return bool((index[1:] >= index[:-1]).all())


def _expand(
    graph: _Graph,
    roots: Tensor,
    num_hops: int,
    max_nodes: int | None,
    generator: torch.Generator,
) -> Iterator[Tensor]:
    """Hop by hop the keys ``root * N + node`` of new members, ascending."""
    frontier = seen = roots * graph.num_nodes + roots
    yield frontier
    for hop in range(num_hops):
        node = frontier % graph.num_nodes
        owner, position = gather_segments(graph.ptr, node)
        base = (frontier - node).index_select(0, owner)
        candidates = (base + graph.neighbor.index_select(0, position)).unique()
        frontier = candidates[~_found(seen, candidates)[1]]
        if max_nodes is not None:
            frontier = _cut(frontier, seen, roots, graph.num_nodes, max_nodes, generator)
        yield frontier
        if hop + 1 < num_hops:
            seen = torch.cat([seen, frontier]).sort().values


def _found(keys: Tensor, queries: Tensor) -> tuple[Tensor, Tensor]:
    """Where in sorted keys the queries are, and whether they are there at all."""
    place = torch.searchsorted(keys, queries)
    return place, keys.index_select(0, place.clamp(max=keys.numel() - 1)) == queries


def _cut(
    new: Tensor,
    seen: Tensor,
    roots: Tensor,
    num_nodes: int,
    max_nodes: int,
    generator: torch.Generator,
) -> Tensor:
    """As many new members of each root as there is room for, drawn at random."""
    first = int(roots[0])
    size = torch.bincount(seen // num_nodes - first, minlength=roots.numel())
    owner = new // num_nodes - first
    new = new[random_order(owner, generator)]
    rank = rank_within(owner, index_to_ptr(owner, roots.numel()))
    return new[rank < (max_nodes - size)[owner]].sort().values


def _induced(graph: _Graph, root: Tensor, node: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Edges between members of one ego-network, ordered by ego-network and edge."""
    num_nodes = graph.num_nodes
    if node.numel() == 0:
        return node.new_empty(2, 0), node, node
    end, other = _ends(graph, node)
    from_source = end == graph.edge_index[0]
    order = None if _is_sorted(end) else end.argsort(stable=True)
    other = other if order is None else other[order]
    ptr = index_to_ptr(end, num_nodes)
    size, table = _table(node, num_nodes)
    bounds = index_to_ptr(root, num_nodes)[::size].tolist()
    parts = []
    for first, (low, high) in enumerate(itertools.pairwise([*bounds, node.numel()])):
        mine = node[low:high]
        base = (root[low:high] - first * size) * num_nodes
        owner, position = gather_segments(ptr, mine)
        query = base.index_select(0, owner) + other.index_select(0, position)
        if table is None:
            place, found = _found(base + mine, query)
        else:
            rank = torch.arange(high - low, dtype=table.dtype, device=node.device)
            table.index_copy_(0, base + mine, rank)
            place = table.index_select(0, query)
            found = place >= 0
            table.index_fill_(0, base + mine, -1)
        kept = found.nonzero().view(-1)
        owner, place, position = (part.index_select(0, kept) for part in (owner, place, position))
        parts.append((owner + low, place + low, position))
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
    """How many roots to look at together, and a table of all their possible members.

    Looking a member up in a table is many times as fast as a binary search, as long as a table of
    enough roots fits the cache.
    """
    size = min(_TABLE // num_nodes, _ROOTS, num_nodes)
    if size < min(_WORTH, num_nodes):
        return _ROOTS, None
    return size, node.new_full((size * num_nodes,), -1, dtype=torch.int32)


def _ends(graph: _Graph, node: Tensor) -> tuple[Tensor, Tensor]:
    """From which end each edge is looked for, and its other end.

    From the end that edges are sorted by they come out in order. But a hub is a member of many
    ego-networks: where that makes much work, edges are looked for from the end of lower degree.
    """
    source, target = graph.edge_index
    end, other = (source, target) if _is_sorted(source) else (target, source)
    degree = torch.bincount(graph.edge_index.reshape(-1), minlength=graph.num_nodes)
    swap = degree[end] > degree[other]
    lower, higher = torch.where(swap, other, end), torch.where(swap, end, other)
    work, less = (
        torch.bincount(first, minlength=graph.num_nodes)[node].sum() for first in (end, lower)
    )
    return (lower, higher) if 2 * less < work else (end, other)


def _same_members(root: Tensor, node: Tensor, num_nodes: int) -> tuple[Tensor, Tensor]:
    """One root for each set of members, and which of these sets each node has."""
    generator = torch.Generator().manual_seed(0)
    salt = torch.randint(-(2**62), 2**62, (num_nodes, 2), generator=generator).to(node.device)
    # Sums of random numbers of 128 bits: equal for equal sets, and for no others in practice.
    digest = salt.new_zeros(num_nodes, 2).index_add_(0, root, salt[node])
    distinct, ego = digest.unique(dim=0, return_inverse=True)
    first = ego.new_full((distinct.size(0),), num_nodes).scatter_reduce(
        0, ego, torch.arange(num_nodes, device=ego.device), "amin"
    )
    rank = first.argsort().argsort()  # Kept in the order of their first root.
    return first.sort().values, rank[ego]


def _nearest(
    root: Tensor, node: Tensor, hop: Tensor, keep: Tensor, ego_id: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Members of the ego-networks kept, with the least hop among those of the same members."""
    num_nodes = ego_id.numel()
    ptr = index_to_ptr(root, num_nodes)
    owner, position = gather_segments(ptr, keep)
    start = index_to_ptr(owner, keep.numel())
    # Equal sets list their nodes in the same order: members align by rank.
    slot = start[ego_id[root]] + rank_within(root, ptr)
    least = torch.full_like(owner, num_nodes)  # More than any hop.
    return owner, node[position], least.scatter_reduce(0, slot, hop, "amin")
