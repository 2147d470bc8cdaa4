"""The structural partial order, which sorts the nodes of graphs into blocks."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.utils import coalesce, remove_self_loops

from pyg_symm.utils import check_ptr, check_sizes, ptr_to_index

from .edge_list import check_nodes, edge_list
from .ego_members import NeighborLists, ego_members

_INT64 = 2**63 - 1


class BlockOrder(NamedTuple):
    r"""Blocks of :math:`G` graphs with :math:`N` nodes and :math:`M` blocks in all.

    Attributes:
        block_id: The block of each node within its graph :math:`(N)`; 0 is the core.
        num_blocks: The number of blocks of each graph :math:`(G)`.
        size: Nodes of each block, graph by graph :math:`(M)`.
        degree: Neighbours that each node of a block has in its own and earlier blocks :math:`(M)`.
    """

    block_id: Tensor
    num_blocks: Tensor
    size: Tensor
    degree: Tensor


def structural_order(
    edge_index: Tensor,
    ptr: Tensor,
    max_hops: int = 3,
    score: str = "walk",
    order: str = "packed",
) -> BlockOrder:
    r"""The structural partial order of all graphs of a ragged batch at once.

    See :class:`~pyg_symm.transforms.StructuralOrder` for the definition. Every round removes
    one block from every graph that has nodes left, in time linear in the remaining edges.

    Args:
        edge_index (torch.Tensor): Edges :math:`(2, E)` between nodes of the batch; direction,
            repetition and self loops do not matter.
        ptr (torch.Tensor): Boundaries of the graphs :math:`(G + 1)`.
        max_hops (int, optional): The number of hops :math:`K`. (default: :obj:`3`)
        score (str, optional): ``"walk"`` or ``"hop"``. (default: ``"walk"``)
        order (str, optional): ``"packed"`` or ``"lex"``. (default: ``"packed"``)

    Raises:
        ValueError: If a graph has no nodes, or so many that a packed score may overflow; if an edge
            names a node that does not exist, or joins two graphs.

    Examples:
        >>> path = torch.tensor([[0, 1, 2], [1, 2, 3]])
        >>> structural_order(path, torch.tensor([0, 4]))
        BlockOrder(block_id=tensor([1, 0, 0, 1]), num_blocks=tensor([2]), size=tensor([2, 2]),
                   degree=tensor([1, 1]))
    """
    check_arguments(max_hops, score, order)
    check_ptr(ptr)
    counts = ptr.diff()
    if (counts == 0).any():
        raise ValueError(f"'ptr' has a graph without nodes (number {int(counts.argmin())})")
    if order == "packed" and max_hops > 0 and counts.numel() > 0:
        most = int(counts.max())
        if max_hops * most**max_hops > _INT64:
            raise ValueError(
                f"'max_hops' of {max_hops} and {most} nodes overflow the packed score; use "
                "order='lex'"
            )
    graph = ptr_to_index(ptr)
    num_nodes = graph.numel()
    edges = _simple(edge_index, graph)
    rounds = torch.zeros_like(graph)
    degrees = torch.zeros_like(graph)

    left = torch.arange(num_nodes, device=ptr.device)
    step = 0
    while left.numel() > 0:
        owner = graph[left]
        features = _features(edges, left.numel(), max_hops, score)
        if order == "packed":
            features = _pack(features, counts[owner])
        lowest = _lowest(features, owner, counts.numel())
        peeled = left[lowest]
        rounds[peeled] = step
        if max_hops > 0:
            degrees[peeled] = torch.bincount(edges[0], minlength=left.numel())[lowest]
        left, edges = _without(left, edges, lowest)
        step += 1
    return _blocks(graph, rounds, degrees, counts.numel())


def check_arguments(max_hops: int, score: str, order: str) -> None:
    """Checks the options of :func:`structural_order`."""
    check_sizes(0, max_hops=max_hops)
    if score not in ("walk", "hop"):
        raise ValueError(f"'score' must be 'walk' or 'hop' (got '{score}')")
    if order not in ("packed", "lex"):
        raise ValueError(f"'order' must be 'packed' or 'lex' (got '{order}')")


def _simple(edge_index: Tensor, graph: Tensor) -> Tensor:
    """Both directions of every edge once, without self loops."""
    edges, _ = remove_self_loops(edge_list(edge_index)[0])
    check_nodes(edges, graph.numel())
    ends = graph[edges]
    if bool((apart := ends[0] != ends[1]).any()):
        got = edges[:, apart][:, 0].tolist()
        raise ValueError(f"'edge_index' must not join nodes of two graphs of 'ptr' (got {got})")
    return coalesce(torch.cat([edges, edges.flip(0)], dim=1), num_nodes=graph.numel())


def _features(edges: Tensor, num_nodes: int, max_hops: int, score: str) -> list[Tensor]:
    """The features that nodes are compared by, the leading one first."""
    if score == "hop" and max_hops > 0:
        root, _, hop = ego_members(NeighborLists.of(edges, num_nodes), max_hops)
        # Members in order of their distance, counted up to each hop.
        table = torch.bincount(root * (max_hops + 1) + hop, minlength=num_nodes * (max_hops + 1))
        return list(table.view(num_nodes, -1).cumsum(1)[:, 1:].unbind(1))
    row, col = edges
    walks = torch.ones(num_nodes, dtype=torch.long, device=edges.device)
    features = []
    for _ in range(max_hops):
        walks = walks.index_add(0, row, walks[col])
        features.append(walks)
    return features


def _pack(features: list[Tensor], base: Tensor) -> list[Tensor]:
    """All features as the digits of one number to a base."""
    if not features:
        return []
    packed = torch.zeros_like(base)
    for feature in features:
        packed = packed * base + feature
    return [packed]


def _lowest(features: list[Tensor], owner: Tensor, num_graphs: int) -> Tensor:
    """The nodes with the lexicographically lowest features of their graph."""
    lowest = torch.ones_like(owner, dtype=torch.bool)
    for feature in features:
        value = feature.masked_fill(~lowest, _INT64)
        least = value.new_full((num_graphs,), _INT64).scatter_reduce(0, owner, value, "amin")
        lowest = value == least[owner]
    return lowest


def _without(left: Tensor, edges: Tensor, removed: Tensor) -> tuple[Tensor, Tensor]:
    """The remaining nodes and edges, renumbered."""
    kept = ~removed
    number = kept.cumsum(0) - 1
    edges = edges[:, kept[edges[0]] & kept[edges[1]]]
    return left[kept], number[edges]


def _blocks(graph: Tensor, rounds: Tensor, degrees: Tensor, num_graphs: int) -> BlockOrder:
    """Blocks, which are the rounds in reverse order, with their sizes and degrees."""
    last = torch.zeros(num_graphs, dtype=torch.long, device=graph.device)
    last = last.scatter_reduce(0, graph, rounds, "amax")
    block_id = last[graph] - rounds
    num_blocks = last + 1
    first = torch.cat([last.new_zeros(1), num_blocks.cumsum(0)])
    block = first[graph] + block_id
    size = torch.bincount(block, minlength=int(first[-1]))
    degree = torch.zeros_like(size)
    degree[block] = degrees
    # Scores start with the degree, so nodes that tie share it, as long as packing is exact.
    if not torch.equal(degree[block], degrees):
        raise RuntimeError("Nodes of one block differ in degree; use order='lex'")
    return BlockOrder(block_id, num_blocks, size, degree)
