"""Where the taps of a kernel lie."""

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes


def kernel_points(kernel_size: int) -> Tensor:
    r"""The centres of the pixels of a square kernel that covers :math:`[-1, 1]^2`.

    A point is :math:`(x, y)`: the first coordinate grows with the column, the second with the row.
    Points are ordered row by row, as the weights of :class:`torch.nn.Conv2d`. A kernel of one pixel
    has the origin only.

    Args:
        kernel_size (int): The number of rows, and of columns, :math:`K`.

    Returns:
        torch.Tensor: Points :math:`(K^2, 2)` in float64, on the CPU.

    Examples:
        >>> kernel_points(2).tolist()
        [[-0.5, -0.5], [0.5, -0.5], [-0.5, 0.5], [0.5, 0.5]]
    """
    check_sizes(1, kernel_size=kernel_size)
    line = torch.arange(kernel_size, dtype=torch.double, device="cpu")
    line = (2 * line + 1) / kernel_size - 1
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y], dim=-1).view(-1, 2)
