"""Handwritten digits under random affine maps, as point clouds."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data, InMemoryDataset

from .affine_digits import AffineDigits
from .digit_points import nearest_points
from .image_warps import pixel_centres

INK = 0.25  # Pixels that are brighter may become points.
_CHUNK = 250  # Images at once.


class AffineDigitPoints(InMemoryDataset):
    r"""Upright digits to train on, and digits under random affine maps to test on, as clouds of
    points in the plane.

    The points are pixels of the images of :class:`AffineDigits`: bright ones, each as far as
    possible from those before. Images are moved first, so that nothing but the ink tells how.

    Each graph has ``x`` :math:`(P, 1)`, the brightness in 0 to 1; ``pos`` :math:`(P, 2)`, right and
    down from the middle of the image, which reaches from -1 to 1; ``edge_index`` :math:`(2, k P)`,
    from the :math:`k` nearest points to each point; ``y`` :math:`(1)`, the class; and ``matrix``
    :math:`(1, 3, 3)`, float64, of the map.

    Args:
        root (str, optional): Where wheels are kept.
            (default: :func:`~pyg_symm.datasets.default_root`)
        split (str, optional): ``"train"``, ``"val"``, ``"test"`` or ``"upright"``, as of
            :class:`AffineDigits`. (default: ``"train"``)
        num_points (int, optional): The number of points :math:`P`. (default: :obj:`40`)
        k (int, optional): The number of neighbours of each point. (default: :obj:`8`)
        **kwargs (optional): Further arguments of :class:`AffineDigits`.

    Raises:
        ValueError: If there are not so many points, and for the reasons of :class:`AffineDigits`.

    Examples:
        >>> AffineDigitPoints(split="test")[0]  # doctest: +SKIP
        Data(x=[40, 1], edge_index=[2, 320], y=[1], pos=[40, 2], matrix=[1, 3, 3])
    """

    def __init__(
        self,
        root: str | None = None,
        split: str = "train",
        num_points: int = 40,
        k: int = 8,
        **kwargs: Any,
    ) -> None:
        if num_points < 2:
            raise ValueError(f"'num_points' must be 2 or more (got {num_points})")
        if not 1 <= k < num_points:
            raise ValueError(f"'k' must be in 1..{num_points - 1} (got {k})")
        transform = kwargs.pop("transform", None)
        super().__init__(None, transform)
        images = AffineDigits(root, split, **kwargs)._data
        parts = [ink_points(part, num_points) for part in images.x.split(_CHUNK)]
        pos, brightness = (torch.cat(part) for part in zip(*parts, strict=True))
        edges = torch.cat([nearest_points(part, k) for part in pos.split(_CHUNK)])
        num = len(pos)
        self.data = Data(
            x=brightness.reshape(-1, 1),
            pos=pos.reshape(-1, 2),
            edge_index=edges.transpose(0, 1).reshape(2, -1),
            y=images.y,
            matrix=images.matrix,
        )
        ptr = torch.arange(num + 1)
        self.slices = {
            "x": ptr * num_points,
            "pos": ptr * num_points,
            "edge_index": ptr * (num_points * k),
            "y": ptr,
            "matrix": ptr,
        }


def ink_points(images: Tensor, num_points: int) -> tuple[Tensor, Tensor]:
    r"""Bright pixels that are spread over the ink of each image.

    The first is next to the middle of the ink, each other one as far as possible from those before.
    If there are fewer bright pixels than points, the brightest others follow.

    Args:
        images (torch.Tensor): Images :math:`(B, 1, h, w)` of brightness in 0 to 1.
        num_points (int): The number of points :math:`P`.

    Returns:
        tuple: Positions right and down from the middle of the image, which reaches from -1 to 1,
        :math:`(B, P, 2)`, and brightness :math:`(B, P)`.

    Raises:
        ValueError: If an image has fewer pixels.

    Examples:
        >>> pos, brightness = ink_points(torch.eye(4).view(1, 1, 4, 4), num_points=2)
        >>> pos, brightness
        (tensor([[[-0.2500, -0.2500],
                 [ 0.7500,  0.7500]]]), tensor([[1., 1.]]))
    """
    num, _, height, width = images.shape
    if not 1 <= num_points <= height * width:
        raise ValueError(f"'num_points' must be in 1..{height * width} (got {num_points})")
    ink = images.flatten(1)
    place = pixel_centres(height, width).to(ink)
    least = ink.topk(num_points, dim=1).values[:, -1:]
    allowed = (ink > INK) | (ink >= least)
    middle = (ink @ place) / ink.sum(1, keepdim=True).clamp(min=1e-12)
    row = torch.arange(num)
    apart = (place - middle.unsqueeze(1)).square().sum(-1)
    chosen = [apart.masked_fill(~allowed, torch.inf).argmin(1)]
    apart = torch.full_like(ink, torch.inf).masked_fill(~allowed, -1.0)
    for _ in range(num_points - 1):
        last = place[chosen[-1]].unsqueeze(1)
        apart = torch.minimum(apart, (place - last).square().sum(-1))
        apart[row, chosen[-1]] = -1.0
        chosen.append(apart.argmax(1))
    index = torch.stack(chosen, dim=1)
    return place[index], ink.gather(1, index)
