"""Keeps one of several ego-networks with the same members."""

import torch
from torch import Tensor

from pyg_symm.utils import gather_segments, index_to_ptr, rank_within


def same_members(root: Tensor, node: Tensor, num_nodes: int) -> tuple[Tensor, Tensor]:
    r"""One root for each distinct set of members, and the set of each node.

    Args:
        root (torch.Tensor): The root of each member :math:`(n)`, ascending.
        node (torch.Tensor): The node of each member :math:`(n)`.
        num_nodes (int): The number of nodes :math:`N`.

    Returns:
        tuple: The first root of each set :math:`(S)`, ascending, and the set of the ego-network of
        each node :math:`(N)`.
    """
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


def nearest(
    root: Tensor, node: Tensor, hop: Tensor, keep: Tensor, ego_id: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Members of the kept ego-networks, with the smallest hop over those that share one.

    Args:
        root (torch.Tensor): The root of each member :math:`(n)`, ascending.
        node (torch.Tensor): The node of each member :math:`(n)`.
        hop (torch.Tensor): Its distance to the root :math:`(n)`.
        keep (torch.Tensor): The roots of the kept ones :math:`(S)`, see :func:`same_members`.
        ego_id (torch.Tensor): The kept ego-network of each node :math:`(N)`.

    Returns:
        tuple: The ego-network, the node and the hop of each kept member.
    """
    num_nodes = ego_id.numel()
    ptr = index_to_ptr(root, num_nodes)
    owner, position = gather_segments(ptr, keep)
    start = index_to_ptr(owner, keep.numel())
    # Equal sets list their nodes in the same order: members align by rank.
    slot = start[ego_id[root]] + rank_within(root, ptr)
    least = torch.full_like(owner, num_nodes)  # More than any hop.
    return owner, node[position], least.scatter_reduce(0, slot, hop, "amin")
