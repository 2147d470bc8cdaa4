"""Arguments of networks on points in space."""

from typing import Any

import torch
from torch import Tensor

from pyg_symm.graphs.edge_list import check_nodes, edge_list
from pyg_symm.utils import check_batch, check_sizes


def check_outputs(out_channels: int, out_vectors: int, pool: str | None) -> None:
    r"""Checks what is to come out of a network.

    Raises:
        ValueError: If nothing is, or if there is no such pooling.
    """
    check_sizes(0, out_channels=out_channels, out_vectors=out_vectors)
    if out_channels + out_vectors == 0:
        raise ValueError("one of 'out_channels' and 'out_vectors' must be positive (got 0 and 0)")
    if pool not in (None, "sum", "mean"):
        raise ValueError(f"'pool' must be None, 'sum' or 'mean' (got {pool!r})")


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
    check_batch(batch, pos.size(0))
    if batch is not None:
        if int(lowest := batch.min()) < 0:
            raise ValueError(f"'batch' must not be negative (got {int(lowest)})")
        batch = batch.long()
    if edge_index is None:
        return None, batch
    edge_index, _ = edge_list(edge_index)
    check_nodes(edge_index, pos.size(0))
    return edge_index, batch


def check_inputs(
    x: Tensor | None, vec: Tensor | None, pos: Tensor, in_channels: int, in_vectors: int
) -> Tensor:
    r"""Checks scalars and vectors of nodes.

    Args:
        x (torch.Tensor, optional): Scalars :math:`(N, F)`.
        vec (torch.Tensor, optional): Vectors :math:`(N, V, n)`.
        pos (torch.Tensor): Positions :math:`(N, n)`.
        in_channels (int): The number of scalars that is expected.
        in_vectors (int): The number of vectors that is expected.

    Returns:
        torch.Tensor: The scalars; ones, if they are not given or if nothing is expected at all.

    Raises:
        ValueError: If they have another shape or type, or vectors are missing.
    """
    num = pos.size(0)
    if vec is not None or in_vectors > 0:
        if vec is None or in_vectors == 0 or vec.shape != (num, in_vectors, pos.size(1)):
            wanted = f"have shape {[num, in_vectors, pos.size(1)]}" if in_vectors else "be None"
            got = None if vec is None else list(vec.shape)
            raise ValueError(f"'vec' must {wanted} for {in_vectors} 'in_vectors' (got {got})")
        if not vec.is_floating_point():
            raise ValueError(f"'vec' must hold floating-point numbers (got {vec.dtype})")
    if x is not None:
        if not x.is_floating_point():
            raise ValueError(f"'x' must hold floating-point numbers (got {x.dtype})")
        if x.shape != (num, in_channels):
            raise ValueError(f"'x' must have shape {[num, in_channels]} (got {list(x.shape)})")
    constant = in_channels + in_vectors == 0  # All nodes are alike.
    return pos.new_ones(num, 1 if constant else in_channels) if x is None or constant else x
