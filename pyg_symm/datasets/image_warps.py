"""Images under affine maps and homographies."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

_CHUNK = 250  # Images that are moved at once.


def warp_images(images: Tensor, matrix: Tensor) -> Tensor:
    r"""Moves images by homographies, resampled once and bilinearly; what is outside is zero.

    .. math::
        f'(\mathbf{p}) = f(M^{-1} \mathbf{p})

    Positions are right and down from the middle of the image, which reaches from -1 to 1, as in
    :func:`torch.nn.functional.grid_sample` without ``align_corners``.

    Args:
        images (torch.Tensor): Images :math:`(B, C, h, w)`.
        matrix (torch.Tensor): A matrix :math:`M` for each :math:`(B, 3, 3)`; those with the last
            row :math:`(0, 0, 1)` are affine maps.

    Raises:
        ValueError: If the shapes do not fit, or a matrix cannot be inverted.

    Examples:
        >>> image = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
        >>> turned = torch.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])
        >>> warp_images(image, turned)  # Right becomes down.
        tensor([[[[3., 1.],
                  [4., 2.]]]])
    """
    if images.dim() != 4 or matrix.shape != (len(images), 3, 3):
        raise ValueError(
            "'matrix' must have the shape [B, 3, 3] for 'images' of shape [B, C, h, w] (got "
            f"{list(matrix.shape)} for {list(images.shape)})"
        )
    inverse, info = torch.linalg.inv_ex(matrix.double())
    if not bool(torch.isfinite(matrix).all()) or bool(info.any()):
        wrong = int((info.ne(0) | ~torch.isfinite(matrix).flatten(1).all(1)).nonzero()[0])
        raise ValueError(f"'matrix' must be invertible (got {matrix[wrong].tolist()} at {wrong})")
    height, width = images.shape[-2:]
    points = pixel_centres(height, width).to(images.device).view(1, -1, 2)
    parts = []
    for image, back in zip(images.split(_CHUNK), inverse.split(_CHUNK), strict=True):
        grid = transform_points(back, points.expand(len(back), -1, -1))
        grid = grid.view(-1, height, width, 2).to(image.dtype)
        parts.append(F.grid_sample(image, grid, "bilinear", "zeros", align_corners=False))
    return torch.cat(parts) if parts else images.clone()


def pixel_centres(height: int, width: int) -> Tensor:
    r"""Where pixels are, right and down from the middle, row by row :math:`(h w, 2)`.

    Examples:
        >>> pixel_centres(1, 2)
        tensor([[-0.5000,  0.0000],
                [ 0.5000,  0.0000]], dtype=torch.float64)
    """
    y = (torch.arange(height).double() + 0.5) * 2 / height - 1
    x = (torch.arange(width).double() + 0.5) * 2 / width - 1
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).view(-1, 2)


def transform_points(matrix: Tensor, points: Tensor) -> Tensor:
    r"""Points :math:`(B, P, 2)` under homographies :math:`(B, 3, 3)`."""
    moved = points @ matrix[:, :2, :2].mT + matrix[:, None, :2, 2]
    return moved / (points @ matrix[:, 2, :2, None] + matrix[:, None, 2, 2:])


def random_linear_maps(
    num: int,
    angle: float,
    shear: float,
    scales: tuple[float, float],
    generator: torch.Generator,
) -> Tensor:
    r"""Rotation after shear after scale, each uniform in its range.

    Args:
        num (int): The number of maps.
        angle (float): The largest rotation, in degrees.
        shear (float): The largest shear along the first axis.
        scales (tuple): The smallest and the largest scale, drawn for each axis by itself.
        generator (torch.Generator): Where random numbers come from.

    Returns:
        torch.Tensor: Matrices :math:`(N, 2, 2)`, float64.
    """
    unit = torch.rand(num, 4, dtype=torch.double, generator=generator)
    turn = math.radians(angle) * (2 * unit[:, 0] - 1)
    slope = shear * (2 * unit[:, 1] - 1)
    factor = scales[0] + (scales[1] - scales[0]) * unit[:, 2:]
    cos, sin = turn.cos(), turn.sin()
    rotation = torch.stack([cos, -sin, sin, cos], dim=-1).view(-1, 2, 2)
    one, zero = torch.ones_like(slope), torch.zeros_like(slope)
    return (
        rotation @ torch.stack([one, slope, zero, one], dim=-1).view(-1, 2, 2) @ factor.diag_embed()
    )


def move_inside(images: Tensor, matrix: Tensor, generator: torch.Generator) -> Tensor:
    r"""Follows each map by a uniform translation such that no ink leaves the image.

    Ink is what bilinear interpolation of an image makes positive: the pixels on the sides of each
    positive one, too.

    Args:
        images (torch.Tensor): Images :math:`(B, 1, h, w)`, not negative.
        matrix (torch.Tensor): The maps :math:`(B, 3, 3)`, float64.
        generator (torch.Generator): Where random numbers come from.

    Raises:
        ValueError: If ink leaves an image however it is translated.
    """
    height, width = images.shape[-2:]
    centres = pixel_centres(height, width).view(-1, 1, 2)
    side = torch.tensor([2 / width, 2 / height]).double()
    signs = torch.tensor([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]).double()
    corners = (centres + signs * side).view(1, -1, 2)
    low, high = [], []
    for image, part in zip(images.split(_CHUNK), matrix.split(_CHUNK), strict=True):
        ink = (image.flatten(1) > 0).repeat_interleave(4, dim=1).unsqueeze(-1)
        moved = transform_points(part, corners.expand(len(part), -1, -1))
        low.append(torch.where(ink, moved, torch.inf).amin(dim=1))
        high.append(torch.where(ink, moved, -torch.inf).amax(dim=1))
    # An image without ink may lie anywhere.
    least, most = (-1 - torch.cat(low)).clamp(min=-1), (1 - torch.cat(high)).clamp(max=1)
    if bool((least > most).any()):
        raise ValueError(
            f"'images' must leave more room around the ink (got {height} x {width} pixels, "
            f"which image {int((least > most).any(1).nonzero()[0])} leaves under its map)"
        )
    unit = torch.rand(len(images), 2, dtype=torch.double, generator=generator)
    shift = torch.eye(3).double().repeat(len(images), 1, 1)
    shift[:, :2, 2] = least + (most - least) * unit
    return shift @ matrix
