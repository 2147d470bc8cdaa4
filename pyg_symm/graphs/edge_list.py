"""Edges in any of the forms that PyG's layers take."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.utils import is_sparse, to_edge_index


def edge_list(edges: Any) -> tuple[Tensor, Tensor | None]:
    r"""A plain tensor of edges, and their weights if the edges have any.

    Nodes are returned in int64: a pair of nodes is often identified by a product of two of them,
    which overflows smaller types.

    Args:
        edges (torch.Tensor, EdgeIndex or SparseTensor): Edges :math:`(2, E)`, or the transposed
            sparse adjacency matrix :math:`(N, N)`, called ``adj_t`` in PyG.

    Returns:
        tuple: Edges :math:`(2, E)` in int64, and weights :math:`(E)`; the weights are :obj:`None`
        unless the edges are given as a matrix.

    Raises:
        ValueError: If :obj:`edges` has another form, or the edges are not integers.

    Examples:
        >>> edge_index = torch.tensor([[0, 1], [1, 2]])
        >>> adj_t = torch.sparse_coo_tensor(edge_index.flip(0), torch.ones(2), (3, 3))
        >>> edge_list(adj_t)
        (tensor([[0, 1],
                [1, 2]]), tensor([1., 1.]))
    """
    if isinstance(edges, EdgeIndex):
        return edges.as_tensor().long(), None
    if is_sparse(edges):
        (target, source), weight = to_edge_index(edges)
        return torch.stack([source, target]).long(), weight
    if not isinstance(edges, Tensor):
        raise ValueError(
            f"'edge_index' must be a tensor or a sparse matrix (got {type(edges).__name__})"
        )
    if edges.dim() != 2 or edges.size(0) != 2:
        raise ValueError(f"'edge_index' must be of shape [2, E] (got {list(edges.shape)})")
    integers = not (edges.is_floating_point() or edges.is_complex() or edges.dtype == torch.bool)
    if not integers and edges.numel() > 0:  # An empty list makes a tensor of floats.
        raise ValueError(f"'edge_index' must hold integers (got {edges.dtype})")
    return edges.long(), None


def check_nodes(edge_index: Tensor, num_nodes: int) -> None:
    r"""Checks that edges only name nodes that exist.

    Args:
        edge_index (torch.Tensor): Edges :math:`(2, E)`.
        num_nodes (int): The number of nodes.

    Raises:
        ValueError: If a number is negative, or not below the number of nodes.
    """
    if edge_index.numel() == 0:
        return
    low, high = torch.stack(edge_index.aminmax()).tolist()
    if low < 0:
        raise ValueError(f"'edge_index' must not be negative (got {low})")
    if high >= num_nodes:
        raise ValueError(
            f"the number of nodes must be at least {high + 1} to hold 'edge_index' "
            f"(got {num_nodes})"
        )
