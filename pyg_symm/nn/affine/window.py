"""Where kernels end."""

import torch
from torch import Tensor

MASKS = ("disk", "sigmoid", "none")


def kernel_window(
    points: Tensor,
    coordinates: Tensor | None = None,
    mask: str = "disk",
    radius: float = 1.0,
    group_radius: float = 2.0,
) -> Tensor:
    r"""The factor of a kernel at transformed points and relative group coordinates.

    A disk is one where :math:`\|\mathbf{z}\| \le r`, and zero elsewhere. A sigmoid is

    .. math::
        \sigma(2 (1 - \|\mathbf{z}\| / r)) \, \sigma(2 (1 - \|\mathbf{c}\| / r_H))

    Both depend on :math:`\mathbf{A}^{-1} \mathbf{p}` and :math:`\mathbf{A}^{-1} \mathbf{B}` only,
    and so do not break the symmetry.

    Args:
        points (torch.Tensor): Transformed points :math:`\mathbf{z} = \mathbf{A}^{-1} \mathbf{p}`
            :math:`(*, 2)`.
        coordinates (torch.Tensor, optional): Relative coordinates :math:`\mathbf{c}`
            :math:`(*, d)`. (default: none, a kernel of positions)
        mask (str, optional): ``"disk"``, ``"sigmoid"`` or ``"none"``. (default: ``"disk"``)
        radius (float, optional): The radius of positions :math:`r`. (default: :obj:`1.0`)
        group_radius (float, optional): The radius of group coordinates :math:`r_H`, of a sigmoid
            only. (default: :obj:`2.0`)

    Returns:
        torch.Tensor: :math:`(*)`
    """
    distance = _norm(points)
    if mask == "none":
        return torch.ones_like(distance)
    if mask == "disk":
        # A tap on the boundary must not depend on the round-off of its position.
        return (distance <= radius * (1 + 1e-6)).to(points.dtype)
    window = torch.sigmoid(2 * (1 - distance / radius))
    if coordinates is None:
        return window
    return window * torch.sigmoid(2 * (1 - _norm(coordinates) / group_radius))


def _norm(vectors: Tensor) -> Tensor:
    """Norms, of which all derivatives at zero are zero."""
    exists = (vectors != 0).any(-1, keepdim=True)
    norm = torch.linalg.vector_norm(torch.where(exists, vectors, 1), dim=-1)
    return torch.where(exists.squeeze(-1), norm, 0)


def check_window(mask: str, radius: float, group_radius: float) -> None:
    r"""Checks what :func:`kernel_window` takes.

    Raises:
        ValueError: If there is no such mask, or a radius is not positive.
    """
    if mask not in MASKS:
        names = ", ".join(repr(name) for name in MASKS)
        raise ValueError(f"'mask' must be one of {names} (got {mask!r})")
    for name, value in {"radius": radius, "group_radius": group_radius}.items():
        if not 0 < value < float("inf"):
            raise ValueError(f"'{name}' must be positive and finite (got {value!r})")
