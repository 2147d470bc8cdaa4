"""Images in a pose of their own, before a plain convolutional network."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .pooled_cnn import PooledCNN


class WhitenedCNN(PooledCNN):
    r"""A :class:`PooledCNN` on images that :func:`whiten_images` has brought into a standard pose.

    Args:
        in_channels (int): The number of channels of an image.
        hidden_channels (int): As of :class:`PooledCNN`.
        out_channels (int): Size of each output sample.
        kernel_sizes (tuple, optional): As of :class:`PooledCNN`. (default: :obj:`(5, 5, 3)`)
        spread (float, optional): The standard deviation of whitened images :math:`\sigma`; images
            reach from -1 to 1. (default: :obj:`0.3`)

    Raises:
        ValueError: If ``spread`` is not positive, and for the reasons of :class:`PooledCNN`.

    Examples:
        >>> WhitenedCNN(1, 64, 10)(torch.rand(2, 1, 40, 40)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        kernel_sizes: tuple[int, ...] = (5, 5, 3),
        spread: float = 0.3,
    ) -> None:
        super().__init__(in_channels, hidden_channels, out_channels, kernel_sizes)
        if not 0 < spread <= 1:
            raise ValueError(f"'spread' must be in (0, 1] (got {spread})")
        self.spread = spread

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(whiten_images(x, self.spread))


def whiten_images(images: Tensor, spread: float = 0.3) -> Tensor:
    r"""Moves each image such that its brightness has mean zero and a round covariance.

    With the mean :math:`\mathbf{m}` and the covariance :math:`\Sigma` of positions, weighted by
    brightness,

    .. math::
        f'(\mathbf{p}) = f(\mathbf{m} + \Sigma^{1/2} \mathbf{p} / \sigma).

    An affine map of the image with positive determinant turns the result and changes it no further,
    as far as interpolation is exact: the positive root leaves the rotation open. Images without
    brightness stay as they are; lines become as thick as pixels allow.

    Args:
        images (torch.Tensor): Images that are not negative :math:`(B, C, h, w)`; channels are
            summed for the moments.
        spread (float, optional): The standard deviation of the result :math:`\sigma`; images
            reach from -1 to 1. (default: :obj:`0.3`)
    """
    if images.numel() == 0:
        return images
    height, width = images.shape[-2:]
    identity = torch.eye(2, 3, dtype=images.dtype, device=images.device).unsqueeze(0)
    points = F.affine_grid(identity, [1, 1, height, width], align_corners=False).view(-1, 2)
    weight = images.sum(dim=1).flatten(1)
    total = weight.sum(dim=1, keepdim=True)
    blank = total <= 0
    weight = weight / total.masked_fill(blank, 1)
    mean = weight @ points  # [B, 2]
    offset = points - mean.unsqueeze(1)
    covariance = (weight.unsqueeze(-1) * offset).mT @ offset
    root = _square_root(covariance, least=(1 / max(height, width)) ** 2) / spread
    theta = torch.cat([root, mean.unsqueeze(-1)], dim=-1)
    theta = torch.where(blank.unsqueeze(-1), identity, theta)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def _square_root(matrix: Tensor, least: float) -> Tensor:
    r"""The positive root of symmetric 2 x 2 matrices whose eigenvalues are raised by a number.

    By Cayley and Hamilton, :math:`\sqrt{S} = (S + \sqrt{\det S} I) / \sqrt{\mathrm{tr} S + 2
    \sqrt{\det S}}`.
    """
    identity = torch.eye(2, dtype=matrix.dtype, device=matrix.device)
    matrix = matrix + least * identity
    (a, b), (c, d) = (row.unbind(-1) for row in matrix.unbind(-2))
    root = (a * d - b * c).clamp(min=0).sqrt()
    scale = (a + d + 2 * root).sqrt()
    return (matrix + root[..., None, None] * identity) / scale[..., None, None]
