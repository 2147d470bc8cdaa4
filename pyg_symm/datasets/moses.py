"""MOSES: drug-like molecules for generation."""

import os.path as osp
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pyg_symm.chem import MoleculeVocabulary
from pyg_symm.chem.molsets import MOLSETS
from pyg_symm.chem.reading import iterate_smiles
from pyg_symm.datasets.molecules import MoleculeDataset
from pyg_symm.datasets.splits import check_split
from pyg_symm.datasets.wheel_files import WheelDataset

_ROWS = {"train": 1_584_663, "test": 176_074, "test_scaffolds": 176_225}
_SPLITS = ("train", "val", "test", "test_scaffolds")


class MOSES(WheelDataset, MoleculeDataset):
    r"""1,936,962 drug-like molecules of `"Molecular Sets (MOSES): A Benchmarking Platform for
    Molecular Generation Models" <https://arxiv.org/abs/1811.12823>`_.

    The files are read from a wheel on the package index. Published models select their checkpoint
    on the test set. Here, one hundredth of the training set is held out for that purpose as
    ``"val"``; the choice depends on :obj:`holdout` only.

    Args:
        root (str, optional): Where to keep the data, in a folder ``MOSES``.
            (default: :func:`~pyg_symm.datasets.default_root`)
        split (str, optional): ``"train"``, ``"val"``, ``"test"``, or ``"test_scaffolds"``, whose
            scaffolds are in neither of the others. (default: ``"train"``)
        bonds (str, optional): ``"kekule"``, or ``"aromatic"`` as in published models, which cannot
            tell aromatic N-H from N. (default: ``"kekule"``)
        max_hops (int, optional): The hops of the structural order. (default: :obj:`3`)
        holdout (float, optional): The share of the training set that is ``"val"``; with 0,
            ``"train"`` is the whole. (default: :obj:`0.01`)
        limit (int, optional): Convert only that many molecules of each file, evenly spread over it:
            useful for a quick start. (default: all)
        transform (Callable, optional): Applied to a graph at every access.
        workers (int, optional): The number of processes that convert. (default: one a processor)
        force_reload (bool, optional): Whether to process the data again. (default: :obj:`False`)

    Raises:
        ValueError: If there is no such split, ``holdout`` is not from 0 to 1, or 0 for ``"val"``,
            or ``limit`` is less than 2.

    Examples:
        >>> dataset = MOSES(split="test")  # doctest: +SKIP
        >>> len(dataset), dataset.smiles(0)  # doctest: +SKIP
        (176074, 'CC1C2CCC(C2)C1CN(CCO)C(=O)c1ccc(Cl)cc1')
    """

    wheel = MOLSETS.only("train.csv.gz", "test.csv.gz", "test_scaffolds.csv.gz")

    def __init__(
        self,
        root: str | None = None,
        split: str = "train",
        bonds: str = "kekule",
        max_hops: int = 3,
        holdout: float = 0.01,
        limit: int | None = None,
        transform: Callable | None = None,
        workers: int | None = None,
        force_reload: bool = False,
    ) -> None:
        check_split(split, _SPLITS)
        if not 0 <= holdout < 1 or (holdout == 0 and split == "val"):
            raise ValueError(f"'holdout' must be from 0 to 1, for 'val' not 0 (got {holdout})")
        if limit is not None and limit < 2:
            raise ValueError(f"'limit' must be at least 2 (got {limit})")
        self.split = split
        self.holdout = holdout
        self._file = "train" if split == "val" else split
        vocabulary = MoleculeVocabulary.moses(bonds)
        super().__init__(root, vocabulary, max_hops, False, transform, workers, force_reload, limit)
        if self._file == "train":
            num_rows = len(self) + sum(self.refused.values())
            held = np.isin(self.rows.numpy(), held_out(num_rows, holdout))
            if limit is not None:  # At least one.
                held = np.zeros(len(self), dtype=bool)
                held[held_out(len(self), max(holdout, 1 / len(self)))] = holdout > 0
            self._indices = np.flatnonzero(held if split == "val" else ~held)

    @property
    def folder(self) -> str:
        """The folder of all splits."""
        return osp.join(self.root, "MOSES")

    @property
    def processed_dir(self) -> str:
        """One folder for each raw file and each way to process it."""
        return osp.join(super().processed_dir, self._file)

    def read(self) -> Iterator[tuple[int, str]]:
        """Yields the molecules of a file with their line numbers."""
        yield from enumerate(iterate_smiles(osp.join(self.raw_dir, f"{self._file}.csv.gz")))

    def num_rows(self) -> int:
        return _ROWS[self._file]

    def read_source(self) -> dict[str, Any]:
        return {"wheel": f"{self.wheel.name}=={self.wheel.version}", "file": self._file}


def held_out(num_rows: int, share: float) -> np.ndarray:
    """The rows of a file that are held out; they are the same in all versions of numpy."""
    return np.random.RandomState(0).permutation(num_rows)[: round(share * num_rows)]
