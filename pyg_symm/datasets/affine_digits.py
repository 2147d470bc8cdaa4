"""Handwritten digits under random affine maps and homographies."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import Data, InMemoryDataset

from pyg_symm.utils import check_limit, check_sizes, evenly_spread

from .digit_images import digit_images
from .image_warps import move_inside, random_linear_maps, warp_images
from .splits import check_split, split_generator

SPLITS = ("train", "val", "test", "upright")


class AffineDigits(InMemoryDataset):
    r"""Upright handwritten digits to train on, and digits under random affine maps to test on.

    Digits lie in the middle of an empty square. Each map is a rotation after a shear after a scale
    of each axis, followed by a translation, uniform among those that keep all ink inside. Images
    are resampled once. The ranges are those of affNIST; the digits and the maps are not, so that
    results are not to be compared with those on that set.

    Each item has ``x`` :math:`(1, 1, S, S)`, brightness in 0 to 1; ``y`` :math:`(1)`, the class;
    and ``matrix`` :math:`(1, 3, 3)`, float64, which takes positions of the upright digit to those
    in ``x``. Positions are right and down from the middle of the image, which reaches from -1 to 1.
    :func:`~pyg_symm.datasets.warp_images` with the inverse of ``matrix`` gives the upright digit.

    Args:
        root (str, optional): Where wheels are kept.
            (default: :func:`~pyg_symm.datasets.default_root`)
        split (str, optional): ``"train"`` are upright digits, ``"val"`` and ``"test"`` moved ones,
            and ``"upright"`` the digits of the test as they were. (default: ``"train"``)
        num_warps (int, optional): How many maps each digit of ``"val"`` and ``"test"`` is moved by;
            copies of a digit follow each other. (default: :obj:`1`)
        train_warps (int, optional): The same of ``"train"``; 0 for upright digits.
            (default: :obj:`0`)
        size (int, optional): The width and height of images :math:`S`. (default: :obj:`40`)
        angle (float, optional): The largest rotation, in degrees. (default: :obj:`20.0`)
        shear (float, optional): The largest shear. (default: :obj:`0.2`)
        scales (tuple, optional): The smallest and largest scale. (default: :obj:`(0.8, 1.2)`)
        source (str, optional): ``"mnist"`` or ``"small"``, see
            :func:`~pyg_symm.datasets.digit_images.digit_images`. (default: ``"mnist"``)
        folder (str, optional): A folder with files of MNIST. (default: none)
        held_out (bool, optional): Whether digits that validate are left out of those to train on.
            (default: :obj:`True`)
        seed (int, optional): The maps are a function of it. (default: :obj:`0`)
        limit (int, optional): At most this many digits of the split, evenly spread.
            (default: all)
        transform (Callable, optional): Applied to an item at every access.

    Raises:
        ValueError: If there is no such split or source, a number is out of its range, a file is
            missing, or images are too small for digits under the maps.

    Examples:
        >>> AffineDigits(split="test")[0]  # doctest: +SKIP
        Data(x=[1, 1, 40, 40], y=[1], matrix=[1, 3, 3])
    """

    def __init__(
        self,
        root: str | None = None,
        split: str = "train",
        num_warps: int = 1,
        train_warps: int = 0,
        size: int = 40,
        angle: float = 20.0,
        shear: float = 0.2,
        scales: tuple[float, float] = (0.8, 1.2),
        source: str = "mnist",
        folder: str | None = None,
        held_out: bool = True,
        seed: int = 0,
        limit: int | None = None,
        transform: Callable | None = None,
    ) -> None:
        check_split(split, SPLITS)
        check_limit(limit)
        check_sizes(1, num_warps=num_warps)
        check_sizes(0, train_warps=train_warps)
        if not 0 <= angle <= 180:
            raise ValueError(f"'angle' must be in 0..180 (got {angle})")
        if not 0 <= shear < float("inf"):
            raise ValueError(f"'shear' must not be negative (got {shear})")
        if not 0 < scales[0] <= scales[1] < float("inf"):
            raise ValueError(f"'scales' must be positive and ascend (got {tuple(scales)})")
        self.angle, self.shear, self.scales = angle, shear, (scales[0], scales[1])
        super().__init__(None, transform)
        of_test = split == "upright"
        generator = split_generator("test" if of_test else split, seed)
        images, y = digit_images(root, "test" if of_test else split, source, folder, held_out)
        if limit is not None:
            chosen = evenly_spread(limit, len(images))
            images, y = images[chosen], y[chosen]
        images = _padded(images, size)
        warps = {"train": train_warps, "upright": 0}.get(split, num_warps)
        matrix = torch.eye(3).double().repeat(len(images), 1, 1)
        if warps > 0:
            images, y = images.repeat_interleave(warps, dim=0), y.repeat_interleave(warps)
            matrix = move_inside(images, self.draw(len(images), generator), generator)
            images = warp_images(images, matrix)
        ptr = torch.arange(len(y) + 1)
        self.data = Data(x=images, y=y, matrix=matrix)
        self.slices = {"x": ptr, "y": ptr, "matrix": ptr}

    def draw(self, num: int, generator: torch.Generator) -> Tensor:
        r"""Random maps that keep the middle of the image :math:`(N, 3, 3)`, float64."""
        matrix = torch.eye(3).double().repeat(num, 1, 1)
        matrix[:, :2, :2] = random_linear_maps(num, self.angle, self.shear, self.scales, generator)
        return matrix


class HomographyDigits(AffineDigits):
    r"""Upright handwritten digits to train on, and digits under random homographies to test on.

    Each map is one of :class:`AffineDigits` after a change of perspective,

    .. math::
        \mathbf{p} \mapsto \mathbf{p} / (1 + \mathbf{a} \cdot \mathbf{p}),

    with both entries of :math:`\mathbf{a}` uniform. Digits of MNIST reach from -0.5 to 0.5.

    Args:
        *args: Arguments of :class:`AffineDigits`.
        perspective (float, optional): The largest entry of :math:`\mathbf{a}`. Below 0.5, all of
            the image stays in front of the horizon. (default: :obj:`0.2`)
        **kwargs: Arguments of :class:`AffineDigits`.

    Raises:
        ValueError: If ``perspective`` is not in its range, and for the reasons of
            :class:`AffineDigits`.

    Examples:
        >>> HomographyDigits(split="test")[0]  # doctest: +SKIP
        Data(x=[1, 1, 40, 40], y=[1], matrix=[1, 3, 3])
    """

    def __init__(self, *args: object, perspective: float = 0.2, **kwargs: object) -> None:
        if not 0 <= perspective < 0.5:
            raise ValueError(f"'perspective' must be in [0, 0.5) (got {perspective})")
        self.perspective = perspective
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def draw(self, num: int, generator: torch.Generator) -> Tensor:
        tilt = torch.eye(3).double().repeat(num, 1, 1)
        unit = torch.rand(num, 2, dtype=torch.double, generator=generator)
        tilt[:, 2, :2] = self.perspective * (2 * unit - 1)
        return super().draw(num, generator) @ tilt


def _padded(images: Tensor, size: int) -> Tensor:
    """Images in the middle of a larger empty square."""
    height, width = images.shape[-2:]
    if size < max(height, width):
        raise ValueError(f"'size' must be at least {max(height, width)} (got {size})")
    top, left = (size - height) // 2, (size - width) // 2
    return F.pad(images, (left, size - width - left, top, size - height - top))
