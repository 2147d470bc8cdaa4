"""Arguments of networks on points in space."""

from typing import Any

import torch
from torch import Tensor

from pyg_symm.graphs.edge_list import check_nodes, edge_list


def check_sizes(least: int, **sizes: Any) -> None:
    r"""Checks that numbers are integers, and at least as large.

    Raises:
        ValueError: If one is not.
    """
    for name, value in sizes.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"'{name}' must be an integer of {least} or more (got {value!r})")


def check_graph(
    pos: Tensor, edge_index: Any, batch: Tensor | None, dim: int
) -> tuple[Tensor | None, Tensor | None]:
    r"""Checks positions, edges and the graphs of nodes.

    Args:
        pos (torch.Tensor): Positions :math:`(N, n)`.
        edge_index (torch.Tensor, EdgeIndex or SparseTensor, optional): The edges.
        batch (torch.Tensor, optional): The graph of each node :math:`(N)`.
        dim (int): The dimension of space :math:`n`.

    Returns:
        tuple: Edges :math:`(2, E)` and the graph of each node, both as far as given.

    Raises:
        ValueError: If one has a wrong shape or type, or does not fit the others.
    """
    if pos.dim() != 2 or pos.size(1) != dim:
        raise ValueError(f"'pos' must have shape [N, {dim}] (got {list(pos.shape)})")
    if pos.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"'pos' must be float32 or float64 (got {pos.dtype})")
    if pos.size(0) == 0:
        raise ValueError(f"'pos' must hold at least one node (got shape {list(pos.shape)})")
    if batch is not None:
        if batch.shape != (pos.size(0),):
            raise ValueError(f"'batch' must have shape [{pos.size(0)}] (got {list(batch.shape)})")
        if batch.is_floating_point() or batch.dtype == torch.bool:
            raise ValueError(f"'batch' must hold integers (got {batch.dtype})")
    if edge_index is None:
        return None, batch
    edge_index, _ = edge_list(edge_index)
    check_nodes(edge_index, pos.size(0))
    return edge_index, batch


def check_vectors(vec: Tensor | None, num: int, pos: Tensor) -> None:
    r"""Checks vectors of nodes.

    Args:
        vec (torch.Tensor, optional): Vectors :math:`(N, V, n)`.
        num (int): The number of vectors that are expected.
        pos (torch.Tensor): Positions :math:`(N, n)`.

    Raises:
        ValueError: If they have another shape, or are missing.
    """
    if vec is None and num == 0:
        return
    if vec is None or num == 0 or vec.shape != (pos.size(0), num, pos.size(1)):
        wanted = f"have shape {[pos.size(0), num, pos.size(1)]}" if num > 0 else "be None"
        got = None if vec is None else list(vec.shape)
        raise ValueError(f"'vec' must {wanted} for {num} 'in_vectors' (got {got})")
    if not vec.is_floating_point():
        raise ValueError(f"'vec' must hold floating-point numbers (got {vec.dtype})")
