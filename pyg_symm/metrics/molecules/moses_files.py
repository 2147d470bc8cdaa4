"""The references of MOSES: training set, filters, and statistics of two test sets."""

import csv
import gzip
import pickle
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pyg_symm.chem import MoleculeFilter
from pyg_symm.chem.descriptors import DESCRIPTORS
from pyg_symm.chem.molsets import MOLSETS
from pyg_symm.utils.root import default_root

from .chemnet import Gaussian
from .statistics import MoleculeStatistics

WHEEL = MOLSETS.only(
    "train.csv.gz",
    "test_stats.npz",
    "test_scaffolds_stats.npz",
    "mcf.csv",
    "wehi_pains.csv",
)


def moses_folder(root: str | None = None) -> Path:
    r"""The folder of the files of MOSES, fetched and checked if need be.

    Args:
        root (str, optional): Where data are kept.
            (default: :func:`~pyg_symm.datasets.default_root`)
    """
    folder = Path(default_root() if root is None else root) / "MOSES" / "raw"
    WHEEL.fetch(folder)
    return folder


def moses_filter(root: str | None = None) -> MoleculeFilter:
    r"""The filter of the column ``Filters``.

    Args:
        root (str, optional): Where data are kept. (default: as :func:`moses_folder`)
    """
    return MoleculeFilter(read_alerts(moses_folder(root)))


def read_alerts(folder: str | Path) -> list[str]:
    r"""The alerts of MOSES, 22 medicinal chemistry filters and 480 of PAINS, as SMARTS.

    They come with the wheel of ``molsets`` under the MIT licence.

    Args:
        folder (str or Path): Where ``mcf.csv`` and ``wehi_pains.csv`` lie.
    """
    with open(Path(folder) / "mcf.csv", newline="") as file:
        alerts = [row["smarts"] for row in csv.DictReader(file)]
    with open(Path(folder) / "wehi_pains.csv", newline="") as file:
        return alerts + [row[0].strip() for row in csv.reader(file) if row]


def moses_train(root: str | None = None) -> frozenset[str]:
    r"""The 1,584,663 molecules of the train set, as canonical SMILES.

    They are as MOSES wrote them. Of 5,000 drawn at random, the rdkit of 2026 writes one otherwise.

    Args:
        root (str, optional): Where data are kept. (default: as :func:`moses_folder`)
    """
    return frozenset(moses_train_smiles(root))


def moses_train_smiles(root: str | None = None) -> Iterator[str]:
    r"""Reads :func:`moses_train` one by one, without holding all in memory.

    Args:
        root (str, optional): Where data are kept. (default: as :func:`moses_folder`)
    """
    with gzip.open(moses_folder(root) / "train.csv.gz", "rt") as file:
        next(file)  # One column, below its name.
        yield from map(str.rstrip, file)


def moses_statistics(split: str, root: str | None = None) -> MoleculeStatistics:
    r"""Statistics of a test set, as they come with MOSES.

    They equal what :meth:`MoleculeStatistics.from_smiles` computes: fingerprints, fragments,
    scaffolds and values of 1,000 random molecules agree bit for bit. ChemNet ran in the package
    ``fcd_torch``, which has the weights of ``fcd``, and its activations are equal.

    Args:
        split (str): ``"test"`` or ``"test_scaffolds"``.
        root (str, optional): Where data are kept. (default: as :func:`moses_folder`)

    Raises:
        ValueError: If ``split`` is neither.
    """
    if split not in ("test", "test_scaffolds"):
        raise ValueError(f"'split' must be 'test' or 'test_scaffolds' (got {split!r})")
    home = Path(default_root() if root is None else root) / "MOSES"
    path = home / "statistics" / f"{split}.npz"
    # Found by its name alone: the file it is made from never changes.
    if not path.is_file() or _is_untitled(path):
        statistics = _unpack(moses_folder(root) / f"{split}_stats.npz")
        path.parent.mkdir(parents=True, exist_ok=True)
        statistics.save(path, title=split)
    return MoleculeStatistics.load(path, title=split)


def _is_untitled(path: Path) -> bool:
    """Whether an earlier version wrote the file, without the name of its set."""
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            return "num_given" in file.files and "title" not in file.files
    except (EOFError, OSError, ValueError, zipfile.BadZipFile):
        return False  # Damaged, as loading it says.


class _PlainUnpickler(pickle.Unpickler):
    """Reads dictionaries, counters and arrays of numbers; anything else is refused."""

    _ALLOWED = frozenset(
        {
            ("collections", "Counter"),
            *((f"numpy.{core}.multiarray", "_reconstruct") for core in ("core", "_core")),
            *((f"numpy.{core}.multiarray", "scalar") for core in ("core", "_core")),
            *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"'{module}.{name}' is refused")
        return super().find_class(module, name)


def _unpack(path: Path) -> MoleculeStatistics:
    """Reads the statistics that MOSES has pickled, without running code of the pickle."""
    with zipfile.ZipFile(path) as archive, archive.open("stats.npy") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        content = _PlainUnpickler(file).load().item()
    bits = np.packbits(content["SNN"]["fps"], axis=1)
    mean, covariance = content["FCD"]["mu"], content["FCD"]["sigma"]
    return MoleculeStatistics(
        num_given=len(bits),
        fingerprints=bits,
        fragments=Counter(content["Frag"]["frag"]),
        scaffolds=Counter(content["Scaf"]["scaf"]),
        values={name: np.array(content[name]["values"]) for name in DESCRIPTORS},
        chemnet=Gaussian(mean.astype(np.float64), covariance.astype(np.float64)),
    )
