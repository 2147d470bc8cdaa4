"""Images as few points: clusters of pixels that are close to each other and of like brightness."""

import torch
from torch import Tensor

# A pixel counts as this many pixels away from another one for the whole range of brightness.
CONTRAST = 10.0
ITERATIONS = 10
_CHUNK = 16  # Images at a time; their distances fit into a cache.
# Steps of the most even sequence of points in a square: powers of the root of x^3 = x + 1.
_STEPS = (0.7548776662466927, 0.5698402909980532)


def superpixels(images: Tensor, num_points: int) -> tuple[Tensor, Tensor]:
    r"""Clusters the pixels of images by :math:`k`-means of position and brightness, as SLIC does.

    A pixel is the vector of its row, its column and ten times its brightness. Clusters start at
    evenly spread points; after ten steps, a point is the mean of its pixels. Sums are of whole
    numbers, and thus exact: the result does not depend on the machine.

    Args:
        images (torch.Tensor): Bytes :math:`(B, H, W)`.
        num_points (int): The number of clusters :math:`P`.

    Returns:
        tuple: The column and the row of each point in pixels :math:`(B, P, 2)`, and its brightness
        in 0 to 1 :math:`(B, P)`.

    Raises:
        ValueError: If the images are no bytes, or have fewer pixels than points.

    Examples:
        >>> image = torch.zeros(1, 4, 8, dtype=torch.uint8)
        >>> image[..., 4:] = 255
        >>> pos, brightness = superpixels(image, num_points=2)
        >>> pos, brightness
        (tensor([[[5.5000, 1.5000],
                 [1.5000, 1.5000]]]), tensor([[1., 0.]]))
    """
    if images.dim() != 3 or images.dtype != torch.uint8:
        raise ValueError(
            f"'images' must be bytes (B, H, W) (got {list(images.shape)}, {images.dtype})"
        )
    height, width = images.shape[1:]
    if not 1 <= num_points <= height * width:
        raise ValueError(f"'num_points' must be in 1..{height * width} (got {num_points})")
    parts = [_clusters(part, num_points) for part in images.split(_CHUNK)]
    centers = torch.cat(parts) if parts else torch.zeros(0, num_points, 3)
    return centers[..., :2], centers[..., 2] / CONTRAST


def _clusters(images: Tensor, num_points: int) -> Tensor:
    """Column, row and scaled brightness of each cluster :math:`(B, P, 3)`."""
    num, height, width = images.shape
    row, column = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    place = torch.stack([column, row], dim=-1).view(1, -1, 2).repeat(num, 1, 1)
    whole = torch.cat(
        [place, images.reshape(num, height * width, 1).long()], dim=-1
    )  # [B, pixels, 3]
    scale = torch.tensor([1.0, 1.0, CONTRAST / 255])
    pixels = whole * scale
    start = (0.5 + torch.arange(1, num_points + 1).view(-1, 1) * torch.tensor(_STEPS)) % 1
    start = (start * torch.tensor([width, height])).long()
    centers = pixels[:, start[:, 1] * width + start[:, 0]]
    for _ in range(ITERATIONS):
        apart = pixels.new_zeros(num, height * width, num_points)
        for i in range(3):
            apart += (pixels[..., i, None] - centers[:, None, :, i]).square_()
        nearest = apart.argmin(dim=-1, keepdim=True)
        sums = torch.zeros(num, num_points, 4, dtype=torch.long)
        ones = torch.ones_like(nearest)
        sums.scatter_add_(1, nearest.expand(-1, -1, 4), torch.cat([whole, ones], dim=-1))
        means = sums[..., :3] / sums[..., 3:].clamp(min=1) * scale
        centers = torch.where(sums[..., 3:] > 0, means, centers)  # An empty cluster stays.
    return centers
