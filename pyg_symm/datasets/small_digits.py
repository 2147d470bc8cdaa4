"""Handwritten digits of 8 x 8 pixels."""

import os.path as osp
from collections.abc import Callable

import numpy as np
import torch
from torch_geometric.data import Data, InMemoryDataset

from pyg_symm.utils import check_limit, evenly_spread
from pyg_symm.utils.root import default_root
from pyg_symm.utils.wheel import Wheel

from .splits import check_split

SMALL_DIGITS = Wheel(
    name="scikit-learn",
    version="1.2.2",
    megabytes=9.6,
    members={
        "sklearn/datasets/data/digits.csv.gz": (
            "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
        )
    },
    pip_args=(
        *("--platform", "manylinux2014_x86_64"),
        *("--python-version", "3.11"),
        *("--implementation", "cp"),
    ),
)
NUM_IMAGES, NUM_PIXELS, BRIGHTEST = 1797, 64, 16
#: Where each split begins and ends in the shuffled images.
SPLITS = {"train": (0, 1257), "val": (1257, 1437), "test": (1437, NUM_IMAGES)}


class SmallDigits(InMemoryDataset):
    r"""1,797 handwritten digits, each a row of 64 pixels: those of
    :func:`sklearn.datasets.load_digits`.

    The table comes out of a wheel on the package index; scikit-learn need not be installed. Images
    are shuffled once and split into 1,257 to train, 180 to validate and 360 to test. Each has ``x``
    :math:`(1, 64)`, brightness in 0 to 1, and ``y`` :math:`(1)`, the class.

    Args:
        root (str, optional): Where to keep the table, in a folder ``SmallDigits``.
            (default: :func:`~pyg_symm.datasets.default_root`)
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        transform (Callable, optional): Applied to an image at every access.
        limit (int, optional): At most this many images of the split, evenly spread. (default: all)

    Raises:
        ValueError: If there is no such split, or if the table is broken.

    Examples:
        >>> SmallDigits()[0]  # doctest: +SKIP
        Data(x=[1, 64], y=[1])
    """

    wheel = SMALL_DIGITS

    def __init__(
        self,
        root: str | None = None,
        split: str = "train",
        transform: Callable | None = None,
        limit: int | None = None,
    ) -> None:
        check_split(split, SPLITS)
        check_limit(limit)
        super().__init__(None, transform)
        folder = osp.join(default_root() if root is None else root, "SmallDigits", "raw")
        (path,) = self.wheel.fetch(folder)
        table = np.loadtxt(path, delimiter=",")
        if table.shape != (NUM_IMAGES, NUM_PIXELS + 1):
            raise ValueError(
                f"'{path}' must have {NUM_IMAGES} lines of {NUM_PIXELS + 1} (got {table.shape})"
            )
        order = np.random.RandomState(0).permutation(NUM_IMAGES)
        chosen = torch.from_numpy(table[order[slice(*SPLITS[split])]])
        if limit is not None:
            chosen = chosen[evenly_spread(limit, len(chosen))]
        x, y = (chosen[:, :-1] / BRIGHTEST).float(), chosen[:, -1:].long()
        rows = zip(x.unsqueeze(1), y, strict=True)
        self.data, self.slices = self.collate([Data(x=row, y=label) for row, label in rows])
