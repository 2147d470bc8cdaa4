"""Reference sets of molecules: their statistics, kept in files, and draws from them."""

import random
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from pyg_symm.chem import rdkit_version
from pyg_symm.utils.root import default_root, digest

from .moses_files import moses_train
from .statistics import MoleculeStatistics


def reference_statistics(
    smiles: Sequence[str],
    root: str | None = None,
    fcd: bool = True,
    name: str = "reference",
    **kwargs: Any,
) -> MoleculeStatistics:
    r"""The statistics of a set that many sets are compared with.

    They are computed once and kept in the folder ``references`` under the root. The name of the
    file depends on the molecules, on :obj:`fcd` and on the version of rdkit.

    Args:
        smiles (Sequence): The SMILES.
        root (str, optional): Where data are kept.
            (default: :func:`~pyg_symm.datasets.default_root`)
        fcd (bool, optional): As for :meth:`MoleculeStatistics.from_smiles`. (default: :obj:`True`)
        name (str, optional): The name in errors, bars and files. (default: ``"reference"``)
        **kwargs (optional): More arguments of :meth:`MoleculeStatistics.from_smiles`.

    Raises:
        ValueError: If the file of an earlier call is damaged.
    """
    # The number counts what is kept: older files lack something.
    key = digest({"smiles": list(smiles), "fcd": fcd, "rdkit": rdkit_version(), "format": 2})
    folder = Path(default_root() if root is None else root) / "references"
    path = folder / f"{name}_{key}.npz"
    if path.is_file():
        return MoleculeStatistics.load(path)
    statistics = MoleculeStatistics.from_smiles(smiles, fcd=fcd, name=name, **kwargs)
    folder.mkdir(parents=True, exist_ok=True)
    statistics.save(path)
    return statistics


def draw_molecules(
    train: Collection[str] | None, number: int, seed: int = 0, root: str | None = None
) -> list[str]:
    r"""Draws molecules of a training set, without replacement.

    Args:
        train (Collection, optional): SMILES. (default: MOSES' train set)
        number (int): How many; all if there are no more.
        seed (int, optional): The draw is a function of it. (default: :obj:`0`)
        root (str, optional): Where data are kept.
            (default: :func:`~pyg_symm.datasets.default_root`)

    Examples:
        >>> len(draw_molecules(["CCO", "CCN", "CCC"], 2))
        2
    """
    # A set has no order that lasts, hence the sorting.
    pool = sorted(moses_train(root)) if train is None else list(train)
    return random.Random(seed).sample(pool, min(number, len(pool)))
