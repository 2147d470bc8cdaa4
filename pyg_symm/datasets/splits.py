"""Names of splits, and random numbers that differ from one to the other."""

from collections.abc import Iterable

import torch

from pyg_symm.utils import check_sizes

SPLITS = ("train", "val", "test")


def check_split(split: str, splits: Iterable[str] = SPLITS) -> None:
    r"""Checks the name of a split.

    Raises:
        ValueError: If it is not one of :obj:`splits`.
    """
    if split not in (known := list(splits)):
        raise ValueError(f"'split' must be one of {known} (got {split!r})")


def split_generator(split: str, seed: int) -> torch.Generator:
    r"""Random numbers of a split: a function of the seed, and others for each of :data:`SPLITS`.

    Raises:
        ValueError: If there is no such split, or the seed is negative.

    Examples:
        >>> split_generator("val", 2).initial_seed()
        7
    """
    check_split(split)
    check_sizes(0, seed=seed)
    return torch.Generator().manual_seed(len(SPLITS) * seed + SPLITS.index(split))
