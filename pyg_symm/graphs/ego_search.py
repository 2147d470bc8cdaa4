"""The search for ego-networks: members, edges among them, and which of them are shared."""

from typing import Any

import torch
from torch import Tensor

from .ego_edges import ego_edges
from .ego_members import NeighborLists, ego_members
from .ego_sharing import nearest, same_members


def search(
    edge_index: Tensor,
    num_nodes: int,
    num_hops: int,
    max_nodes: int | None = None,
    dedup: bool = False,
    seed: int = 0,
    pairs: bool = False,
) -> dict[str, Any]:
    r"""Finds the ego-network of every node: the fields of :class:`~pyg_symm.graphs.EgoPlan`.

    The arguments are those of :func:`~pyg_symm.graphs.ego_networks`; ``pairs`` says that the pairs
    of members must fit into memory too.
    """
    graph = NeighborLists.of(edge_index, num_nodes, max_nodes, seed)
    n_sub_batch, n_id, hop = ego_members(graph, num_hops, max_nodes, seed + 1, pairs and not dedup)
    root = ego_id = torch.arange(num_nodes, device=n_id.device)
    if dedup:
        root, ego_id = same_members(n_sub_batch, n_id, num_nodes)
        n_sub_batch, n_id, hop = nearest(n_sub_batch, n_id, hop, root, ego_id)
    sub_edge_index, e_id, e_sub_batch = ego_edges(graph, n_sub_batch, n_id)
    return {
        "num_nodes": num_nodes,
        "num_edges": graph.edge_index.size(1),
        "num_hops": num_hops,
        "root": root,
        "n_id": n_id,
        "hop": hop,
        "n_sub_batch": n_sub_batch,
        "sub_edge_index": sub_edge_index,
        "e_id": e_id,
        "e_sub_batch": e_sub_batch,
        "ego_id": ego_id,
        "shared": dedup,
    }
