"""Scalars and vectors of graphs."""

import torch
from torch import Tensor
from torch_geometric.utils import scatter

from pyg_symm.utils import check_sizes


def pool_nodes(
    scalars: Tensor,
    vectors: Tensor,
    pool: str | None,
    batch: Tensor | None,
    batch_size: int | None = None,
) -> tuple[Tensor, Tensor]:
    r"""The sums or means over the nodes of each graph.

    Args:
        scalars (torch.Tensor): Scalars of nodes :math:`(N, F)`.
        vectors (torch.Tensor): Vectors of nodes :math:`(N, V, n)`.
        pool (str, optional): ``"sum"``, ``"mean"``, or :obj:`None` for nothing to be done.
        batch (torch.Tensor, optional): The graph of each node :math:`(N)`. (default: one graph)
        batch_size (int, optional): The number of graphs. (default: ``batch.max() + 1``)

    Returns:
        tuple: Scalars :math:`(B, F)` and vectors :math:`(B, V, n)`.

    Raises:
        ValueError: If there are more graphs than that.

    Examples:
        >>> x, batch = torch.tensor([[1.0], [2.0], [5.0]]), torch.tensor([0, 0, 1])
        >>> pool_nodes(x, x.new_zeros(3, 0, 3), "sum", batch)[0]
        tensor([[3.],
                [5.]])
    """
    if batch_size is not None:
        check_sizes(1, batch_size=batch_size)
    if pool is None:
        return scalars, vectors
    if batch is None:
        batch = torch.zeros(scalars.size(0), dtype=torch.long, device=scalars.device)
        batch_size = batch_size or 1
    elif batch_size is None:
        batch_size = int(batch.max()) + 1
    # Reading a number back would make other devices wait, and break a compiled graph.
    elif batch.device.type == "cpu" and not torch.compiler.is_compiling():
        if batch_size <= (last := int(batch.max())):
            raise ValueError(
                f"'batch_size' must be above all of 'batch', {last} (got {batch_size})"
            )
    scalars, vectors = (
        scatter(part, batch, dim=0, dim_size=batch_size, reduce=pool) for part in (scalars, vectors)
    )
    return scalars, vectors
