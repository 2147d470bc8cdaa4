"""QM9: small molecules with their hydrogens, for generation."""

import csv
import os.path as osp
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pyg_symm.chem import MoleculeVocabulary
from pyg_symm.datasets.molecules import MoleculeDataset
from pyg_symm.datasets.splits import check_split
from pyg_symm.datasets.wheel_files import WheelDataset
from pyg_symm.utils.wheel import Wheel

_NUM_ROWS = 130_831
_NUMBERED = 133_885  # Including molecules that are not in the files.


class QM9Graphs(WheelDataset, MoleculeDataset):
    r"""The molecules of `"Quantum Chemistry Structures and Properties of 134 Kilo Molecules"
    <https://doi.org/10.1038/sdata.2014.22>`_ with up to nine heavy atoms.

    The 130,831 molecules with a consistent geometry are read from a wheel on the package index. The
    splits are those of published models of generation: of all 133,885 numbers, shuffled, the first
    100,000 are ``"train"``, the last tenth ``"test"``, and the rest ``"val"``. Molecules with
    charged atoms are refused unless ``charges=True``. Published models drop the charges instead.

    Args:
        root (str, optional): Where to keep the data, in a folder ``QM9Graphs``.
            (default: :func:`~pyg_symm.datasets.default_root`)
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        explicit_hydrogens (bool, optional): Whether hydrogens are nodes. (default: :obj:`True`)
        charges (bool, optional): Whether charged atoms have classes. (default: :obj:`False`)
        max_hops (int, optional): The hops of the structural order. (default: :obj:`3`)
        transform (Callable, optional): Applied to a graph at every access.
        workers (int, optional): The number of processes that convert. (default: one a processor)
        force_reload (bool, optional): Whether to process the data again. (default: :obj:`False`)
        limit (int, optional): Convert at most this many molecules of the split, evenly spread.
            (default: all)

    Raises:
        ValueError: If there is no such split.

    Examples:
        >>> dataset = QM9Graphs(split="test")  # doctest: +SKIP
        >>> dataset[0].num_nodes, dataset.smiles(0)  # doctest: +SKIP
        (5, 'C')
    """

    wheel = Wheel(
        name="qm9pack",
        version="1.0.3",
        megabytes=103.7,
        members={
            "qm9pack/data/qm9_part1.csv": (
                "19f0a5d595462d52cd82eef3370f3e9eb55a1f52cb14985657200349568deff3"
            ),
            "qm9pack/data/qm9_part2.csv": (
                "2bca113fdc0b28a13563c80ed9b240e934f3da6c64c64fe74ddb4f0f36036e61"
            ),
            "qm9pack/data/qm9_part3.csv": (
                "9c5efb5733d2af149db8d95d36ff198b4ffed12d9f7b344220a1e5877d5c6a43"
            ),
        },
    )

    def __init__(
        self,
        root: str | None = None,
        split: str = "train",
        explicit_hydrogens: bool = True,
        charges: bool = False,
        max_hops: int = 3,
        transform: Callable | None = None,
        workers: int | None = None,
        force_reload: bool = False,
        limit: int | None = None,
    ) -> None:
        check_split(split)
        self.split = split
        vocabulary = MoleculeVocabulary.qm9(explicit_hydrogens, charges)
        super().__init__(root, vocabulary, max_hops, False, transform, workers, force_reload, limit)
        chosen = np.isin(self.rows.numpy(), split_rows()[split])
        self._indices = np.flatnonzero(chosen)

    @property
    def folder(self) -> str:
        """The folder of all splits."""
        return osp.join(self.root, "QM9Graphs")

    def read(self) -> Iterator[tuple[int, str]]:
        """The molecules by their numbers in QM9, from 1; with a limit those of the split."""
        wanted = None if self.limit is None else set(split_rows()[self.split].tolist())
        for path in self.raw_paths:
            with open(path, newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    number = int(row["Index"])
                    if wanted is None or number in wanted:
                        yield number, row["SMILES"]

    def num_rows(self) -> int | None:
        return _NUM_ROWS if self.limit is None else None

    def arguments(self) -> dict[str, Any]:
        own = {} if self.limit is None else {"split": self.split}
        return {**super().arguments(), **own}

    def read_source(self) -> dict[str, Any]:
        return {"wheel": f"{self.wheel.name}=={self.wheel.version}"}


def split_rows() -> dict[str, np.ndarray]:
    """The numbers, from 1, of the molecules of each split.

    Published programs sample a table of all molecules with pandas, of which this is the shuffle.
    """
    shuffled = np.random.RandomState(42).permutation(_NUMBERED) + 1
    num_train, num_test = 100_000, _NUMBERED // 10
    return {
        "train": shuffled[:num_train],
        "val": shuffled[num_train:-num_test],
        "test": shuffled[-num_test:],
    }
