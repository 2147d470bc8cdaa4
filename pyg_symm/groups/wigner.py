"""How spherical harmonics change under rotations and reflections."""

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

from .components import degree_of_component
from .sphere_grid import SphereGrid
from .spherical_harmonics import spherical_harmonics


def wigner_d(lmax: int, rotation: Tensor) -> Tensor:
    r"""Matrices by which the harmonics of rotated vectors follow from those of the vectors.

    .. math::
        Y(\mathbf{R} \mathbf{v}) = \mathbf{D}(\mathbf{R}) \, Y(\mathbf{v})

    They are computed by quadrature, exact up to round-off, and differentiable. Reflections, that
    is orthogonal matrices of determinant -1, are allowed: the inversion gives :math:`(-1)^l`.

    Args:
        lmax (int): The highest degree.
        rotation (torch.Tensor): Orthogonal matrices :math:`(*, 3, 3)`.

    Returns:
        torch.Tensor: Orthogonal matrices with one block for each degree
        :math:`(*, (\mathrm{lmax} + 1)^2, (\mathrm{lmax} + 1)^2)`, for any normalisation of the
        harmonics.

    Raises:
        ValueError: If an argument has a wrong shape, type or value.

    Examples:
        >>> quarter = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        >>> wigner_d(1, quarter).round() + 0.0
        tensor([[ 1.,  0.,  0.,  0.],
                [ 0.,  0., -1.,  0.],
                [ 0.,  1.,  0.,  0.],
                [ 0.,  0.,  0.,  1.]])
    """
    check_sizes(0, lmax=lmax)
    if rotation.shape[-2:] != (3, 3) or not rotation.is_floating_point():
        raise ValueError(
            f"'rotation' must be real and of shape [..., 3, 3] (got {rotation.dtype} of shape "
            f"{list(rotation.shape)})"
        )
    matrix = rotation.double()
    eye = torch.eye(3, dtype=torch.double, device=matrix.device)
    error = (matrix @ matrix.mT - eye).abs()
    if not bool((error < 1e-3).all()):
        raise ValueError(
            f"'rotation' must hold orthogonal matrices (R R^T is off by {float(error.max()):.2g})"
        )
    with torch.device("cpu"):  # Where constants are computed, whatever the default device.
        grid = SphereGrid(2 * lmax)
        points = grid.points.flatten(0, 1).to(matrix.device)
        weights = grid.weights.repeat_interleave(grid.azimuths.numel())
        projection = weights.unsqueeze(1) * grid.harmonics(lmax).flatten(0, 1)
        degree = degree_of_component(lmax).to(matrix.device)
    rotated = spherical_harmonics(lmax, points @ matrix.mT)  # [..., points, components]
    blocks = rotated.mT @ projection.to(matrix.device)
    same = degree.unsqueeze(1) == degree
    return torch.where(same, blocks, 0).to(rotation.dtype)
