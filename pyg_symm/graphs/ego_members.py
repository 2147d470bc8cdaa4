"""Members of ego-networks by sparse expansion, hop by hop."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symm.utils import gather_segments, index_to_ptr, random_order, rank_within
from pyg_symm.utils.memory import check_memory, fits

from .edge_list import check_nodes, edge_list

_ROOTS = 1024  # Roots at a time: bounds the memory, and keeps searches within the cache.
_WORK = 2**25  # Most neighbours at a time; if there are more, the roots are split.
_BYTES = 48  # For each member, when all of them are sorted and returned.
PAIR_BYTES = 72  # For each pair of members, while the indices of pairs are made.
REMEDY = "set 'max_nodes', or use a smaller 'num_hops'"


class NeighborLists(NamedTuple):
    r"""The sources of the edges into each node.

    Attributes:
        edge_index: The edges as they were given :math:`(2, E)`.
        num_nodes: The number of nodes :math:`N`.
        neighbor: Sources of edges, by target; at most ``max_nodes`` of each target.
        ptr: Boundaries of the targets in :attr:`neighbor` :math:`(N + 1)`.
    """

    edge_index: Tensor
    num_nodes: int
    neighbor: Tensor
    ptr: Tensor

    @classmethod
    def of(
        cls, edge_index: Tensor, num_nodes: int, max_nodes: int | None = None, seed: int = 0
    ) -> "NeighborLists":
        edge_index = edge_list(edge_index)[0]
        check_nodes(edge_index, num_nodes)
        source, target = edge_index
        if not is_sorted(target):
            target, order = target.sort(stable=True)
            source = source[order]
        if max_nodes is not None:
            # Parallel edges count once: they must not displace other neighbours.
            key = (target.long() * num_nodes + source).unique()
            target, source = key // num_nodes, key % num_nodes
            shuffle = random_order(target, torch.Generator().manual_seed(seed))
            kept = rank_within(target, index_to_ptr(target, num_nodes)) < max_nodes
            source, target = source[shuffle][kept], target[kept]
        return cls(edge_index, num_nodes, source, index_to_ptr(target, num_nodes))


def ego_members(
    graph: NeighborLists,
    num_hops: int,
    max_nodes: int | None = None,
    seed: int = 0,
    pairs: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    r"""The members of all ego-networks, ordered by root and node.

    Args:
        graph (NeighborLists): The graph.
        num_hops (int): The number of hops.
        max_nodes (int, optional): Keep at most that many members. (default: :obj:`None`)
        seed (int, optional): The seed of the choice among too many. (default: :obj:`0`)
        pairs (bool, optional): Whether all pairs of members must fit into memory too.
            (default: :obj:`False`)

    Returns:
        tuple: The root, the node and the hop of each member :math:`(n)`.

    Raises:
        ValueError: If the members do not fit into memory.
    """
    keys, hops = [graph.neighbor.new_empty(0)], [graph.neighbor.new_empty(0)]
    count = done = 0
    checked = False
    for roots, found in _search(graph, num_hops, max_nodes, seed):
        key, order = torch.cat(found).sort()
        hop = torch.cat([torch.full_like(part, i) for i, part in enumerate(found)])
        keys.append(key)
        hops.append(hop[order])
        count, done = count + key.numel(), done + roots.numel()
        expected = count * graph.num_nodes // done * _BYTES
        if not checked and not fits(expected, key.device):
            _check_members(graph, num_hops, max_nodes, seed, pairs)
            checked = True
    key = torch.cat(keys)
    size = max(graph.num_nodes, 1)
    return key // size, key % size, torch.cat(hops)


def _check_members(
    graph: NeighborLists, num_hops: int, max_nodes: int | None, seed: int, pairs: bool
) -> None:
    """Counts members, and pairs of them, without keeping any, until they are too many."""
    device = graph.neighbor.device
    num_members = num_pairs = 0
    for roots, found in _search(graph, num_hops, max_nodes, seed):
        sizes = torch.bincount(torch.cat(found) // graph.num_nodes - roots[0])
        num_members += int(sizes.sum())
        num_pairs += int(sizes.square().sum())
        what = f"ego-networks of {num_hops} hops have more than"
        if pairs:
            about = f"{what} {num_pairs:,} pairs of members, and their indices"
            check_memory(num_pairs * PAIR_BYTES, device, about, REMEDY)
        check_memory(num_members * _BYTES, device, f"{what} {num_members:,} members, which", REMEDY)


def ego_sizes(
    edge_index: Tensor,
    num_nodes: int,
    num_hops: int,
    max_nodes: int | None = None,
    seed: int = 0,
) -> Tensor:
    r"""The number of members of each ego-network :math:`(N)`, found without keeping the members.

    A layer on pairs needs memory for the sum of the squares of these numbers.

    Args:
        edge_index (torch.Tensor): Edges :math:`(2, E)`.
        num_nodes (int): The number of nodes :math:`N`.
        num_hops (int): The number of hops.
        max_nodes (int, optional): The most members to keep. (default: :obj:`None`)
        seed (int, optional): The seed of the choice among too many. (default: :obj:`0`)

    Examples:
        The ego-network of a hub has as many pairs as the rest together, and more:

        >>> star = torch.tensor([[1, 2, 3, 4, 5], [0, 0, 0, 0, 0]])
        >>> sizes = ego_sizes(star, num_nodes=6, num_hops=1)
        >>> sizes, int(sizes.square().sum())
        (tensor([6, 1, 1, 1, 1, 1]), 41)
    """
    graph = NeighborLists.of(edge_index, num_nodes, max_nodes, seed)
    sizes = torch.zeros(num_nodes, dtype=torch.long, device=graph.neighbor.device)
    for _, found in _search(graph, num_hops, max_nodes, seed + 1):
        sizes += torch.bincount(torch.cat(found) // num_nodes, minlength=num_nodes)
    return sizes


def is_sorted(index: Tensor) -> bool:
    """Whether a vector never decreases."""
    return bool((index[1:] >= index[:-1]).all())


def find(keys: Tensor, queries: Tensor) -> tuple[Tensor, Tensor]:
    """The position of each query among sorted keys, and whether it is one of them."""
    place = torch.searchsorted(keys, queries)
    return place, keys.index_select(0, place.clamp(max=keys.numel() - 1)) == queries


def _search(
    graph: NeighborLists, num_hops: int, max_nodes: int | None, seed: int
) -> Iterator[tuple[Tensor, list[Tensor]]]:
    """Yields some roots, and the keys ``root * N + node`` of their members, hop by hop."""
    generator = torch.Generator().manual_seed(seed)
    roots = torch.arange(graph.num_nodes, device=graph.neighbor.device)
    todo = list(reversed(roots.split(_ROOTS))) if graph.num_nodes > 0 else []
    while todo:
        some = todo.pop()
        found = _expand(graph, some, num_hops, max_nodes, generator)
        if found is None:
            first, second = some.tensor_split(2)
            todo += [second, first]
        else:
            yield some, found


def _expand(
    graph: NeighborLists,
    roots: Tensor,
    num_hops: int,
    max_nodes: int | None,
    generator: torch.Generator,
) -> list[Tensor] | None:
    """New members of each hop, ascending; :obj:`None` if the roots have too many neighbours."""
    frontier = seen = roots * graph.num_nodes + roots
    found = [frontier]
    degree = graph.ptr.diff()
    for hop in range(num_hops):
        node = frontier % graph.num_nodes
        if roots.numel() > 1 and int(degree[node].sum()) > _WORK:
            return None
        owner, position = gather_segments(graph.ptr, node)
        base = (frontier - node).index_select(0, owner)
        candidates = (base + graph.neighbor.index_select(0, position)).unique()
        frontier = candidates[~find(seen, candidates)[1]]
        if max_nodes is not None:
            frontier = _cut(frontier, seen, roots, graph.num_nodes, max_nodes, generator)
        found.append(frontier)
        if hop + 1 < num_hops:
            seen = torch.cat([seen, frontier]).sort().values
    return found


def _cut(
    new: Tensor,
    seen: Tensor,
    roots: Tensor,
    num_nodes: int,
    max_nodes: int,
    generator: torch.Generator,
) -> Tensor:
    """New members of each root, drawn at random until it has ``max_nodes`` members."""
    first = int(roots[0])
    size = torch.bincount(seen // num_nodes - first, minlength=roots.numel())
    owner = new // num_nodes - first
    new = new[random_order(owner, generator)]
    rank = rank_within(owner, index_to_ptr(owner, roots.numel()))
    return new[rank < (max_nodes - size)[owner]].sort().values
