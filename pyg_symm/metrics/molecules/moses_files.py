"""What MOSES compares with: its train set, its filters, and statistics of its two test sets."""

import gzip
from collections import Counter
from pathlib import Path

import numpy as np

from pyg_symm.datasets.root import default_root
from pyg_symm.datasets.wheel import Wheel

from .chemnet import Gaussian
from .filters import MoleculeFilter, read_alerts
from .properties import PROPERTIES
from .statistics import MoleculeStatistics

WHEEL = Wheel(
    "molsets",
    "0.3.1",
    members={
        "moses/dataset/data/train.csv.gz": (
            "786f0313aa6b9ba5514df685f885742a70ea8d86f1a4fa48115f7f80a634265c"
        ),
        "moses/dataset/data/test_stats.npz": (
            "ded25073225a895d4ed17bf1d4223d27560e87ff4cb85786346ca1cc8efa03d3"
        ),
        "moses/dataset/data/test_scaffolds_stats.npz": (
            "7b7aba6c1474634a019bebf16f389d554cb9dd1021dfc8c1d1e54430a9f0e7f8"
        ),
        "moses/metrics/mcf.csv": (
            "f4a2bfacb4cb8877295eb2a4b4e61ec9770a26388f1331e5dc9c193d22dd5f89"
        ),
        "moses/metrics/wehi_pains.csv": (
            "d762e5420ec70f06d7e41d336cae6f67e2feb0eddf05c6171192a332726d296f"
        ),
    },
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


def moses_train(root: str | None = None) -> frozenset[str]:
    r"""The 1,584,663 molecules of the train set, as canonical SMILES.

    They are as MOSES wrote them. Of 5,000 drawn at random, the rdkit of 2026 writes one otherwise.

    Args:
        root (str, optional): Where data are kept. (default: as :func:`moses_folder`)
    """
    with gzip.open(moses_folder(root) / "train.csv.gz", "rt") as file:
        return frozenset(file.read().split()[1:])  # One column, below its name.


def moses_statistics(split: str, root: str | None = None) -> MoleculeStatistics:
    r"""Statistics of a test set, as they come with MOSES.

    They are what :meth:`MoleculeStatistics.from_smiles` gives today: fingerprints, fragments,
    scaffolds and values of 1,000 molecules drawn at random are equal, bit for bit. ChemNet ran in
    the package ``fcd_torch``, which has the weights of ``fcd``; its activations are equal too.

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
    if not path.is_file():
        statistics = _unpack(moses_folder(root) / f"{split}_stats.npz")
        path.parent.mkdir(parents=True, exist_ok=True)
        statistics.save(path)
    return MoleculeStatistics.load(path)


def _unpack(path: Path) -> MoleculeStatistics:
    # A pickle can run code. This one is known: its checksum was compared just before.
    with np.load(path, allow_pickle=True) as file:
        content = file["stats"].item()
    bits = np.packbits(content["SNN"]["fps"], axis=1)
    mean, covariance = content["FCD"]["mu"], content["FCD"]["sigma"]
    return MoleculeStatistics(
        num_given=len(bits),
        fingerprints=bits,
        fragments=Counter(content["Frag"]["frag"]),
        scaffolds=Counter(content["Scaf"]["scaf"]),
        values={name: np.array(content[name]["values"]) for name in PROPERTIES},
        chemnet=Gaussian(mean.astype(np.float64), covariance.astype(np.float64)),
    )
