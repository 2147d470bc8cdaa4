"""What the columns of the MOSES table need to know of a set of molecules."""

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pyg_symm.chem.descriptors import DESCRIPTORS, NUM_BITS
from pyg_symm.utils import whole_file

from .chemnet import Gaussian, chemnet_statistics
from .describe import Describe, Described
from .parallel import map_molecules
from .smiles import smiles_list


@dataclass(frozen=True)
class MoleculeStatistics:
    r"""Statistics of a set of molecules, of samples or of a reference set.

    Attributes:
        num_given (int): How many SMILES there were.
        fingerprints (np.ndarray): Packed bits :math:`(N, 128)` of the valid ones.
        fragments (Counter): How often each BRICS fragment occurs.
        scaffolds (Counter): How often each scaffold of two or more rings occurs.
        values (dict): Values :math:`(N)` of each of :data:`~pyg_symm.chem.DESCRIPTORS`.
        passes (np.ndarray, optional): Which pass the filter :math:`(N)`.
        chemnet (Gaussian, optional): Mean and covariance of ChemNet's activations.
        smiles (list): The canonical SMILES of the valid ones, in the order given; none if the
            statistics were read from a file.
        flat (list): The same without stereochemistry and isotopes, as graphs are.
        causes (Counter): How many are not valid, by keys of :data:`~pyg_symm.chem.REASONS`, and
            under ``"disconnected"`` how many are valid but in pieces.
        num_stereo (int): How many valid ones have stereochemistry or isotopes.
    """

    num_given: int
    fingerprints: np.ndarray
    fragments: Counter[str]
    scaffolds: Counter[str]
    values: dict[str, np.ndarray]
    chemnet: Gaussian | None = None
    passes: np.ndarray | None = None
    smiles: list[str] = field(default_factory=list)
    flat: list[str] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)
    num_stereo: int = 0

    def __len__(self) -> int:
        """The number of valid molecules."""
        return len(self.fingerprints)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} of {self.num_given} valid)"

    @classmethod
    def from_smiles(
        cls,
        smiles: Iterable[str | None],
        passes: Callable[[Any], bool] | None = None,
        fcd: bool = True,
        workers: int = 1,
        progress: bool = True,
        device: str | None = None,
        name: str = "smiles",
    ) -> "MoleculeStatistics":
        r"""Computes the statistics of SMILES.

        Args:
            smiles (Iterable): SMILES, or :obj:`None` for invalid outputs.
            passes (Callable, optional): A filter of molecules. (default: :obj:`None`)
            fcd (bool, optional): Whether to run ChemNet. (default: :obj:`True`)
            workers (int, optional): The number of processes. (default: :obj:`1`)
            progress (bool, optional): Whether to show progress bars. (default: :obj:`True`)
            device (str, optional): Device of ChemNet. (default: a GPU if available)
            name (str, optional): What errors and bars call the set. (default: ``"smiles"``)

        Examples:
            >>> ring = MoleculeStatistics.from_smiles(
            ...     ["c1ccccc1C", None], fcd=False, progress=False
            ... )
            >>> ring, ring.fragments
            (MoleculeStatistics(1 of 2 valid), Counter({'Cc1ccccc1': 1}))
        """
        given = smiles_list(name, smiles)
        title = name if progress else None
        distinct = list(dict.fromkeys(given))  # Equal outputs are described once.
        described = map_molecules(Describe(passes), distinct, workers, description=title)
        of = dict(zip(distinct, described, strict=True))
        found = [of[text] for text in given]
        molecules = [molecule for molecule in found if isinstance(molecule, Described)]
        causes = Counter(reason for reason in found if isinstance(reason, str))
        causes["disconnected"] += sum(molecule.num_pieces > 1 for molecule in molecules)
        valid = [molecule.smiles for molecule in molecules]
        flat = [molecule.flat for molecule in molecules]
        # In one order whatever the order given, so that sums agree to the last bit.
        molecules.sort(key=lambda molecule: molecule.smiles)
        bits = [molecule.bits for molecule in molecules]
        values = np.array([molecule.values for molecule in molecules])
        values = values.reshape(-1, len(DESCRIPTORS))
        title = f"{name}: ChemNet" if progress else None
        return cls(
            num_given=len(given),
            fingerprints=np.array(bits, dtype=np.uint8).reshape(-1, NUM_BITS // 8),
            fragments=Counter(part for molecule in molecules for part in molecule.fragments),
            scaffolds=Counter(m.scaffold for m in molecules if m.scaffold is not None),
            values={key: values[:, i] for i, key in enumerate(DESCRIPTORS)},
            chemnet=chemnet_statistics(sorted(valid), device=device, description=title)
            if fcd
            else None,
            passes=None if passes is None else np.array([m.passes for m in molecules], dtype=bool),
            smiles=valid,
            flat=flat,
            causes=+causes,
            num_stereo=sum(map(_has_stereo, valid)),
        )

    def save(self, path: str | Path, title: str = "") -> None:
        r"""Writes all but the SMILES and what passes to an ``.npz`` file.

        Args:
            path (str or Path): The file.
            title (str, optional): The name of the set, which :meth:`load` can ask for.
                (default: none)
        """
        arrays = {
            "title": np.array(title),
            "num_given": np.array(self.num_given),
            "num_stereo": np.array(self.num_stereo),
        }
        arrays["fingerprints"] = self.fingerprints
        for key, counts in {
            "fragments": self.fragments,
            "scaffolds": self.scaffolds,
            "causes": self.causes,
        }.items():
            text = "\n".join(counts).encode()
            arrays[key] = np.frombuffer(text, dtype=np.uint8)
            arrays[f"{key}_counts"] = np.array(list(counts.values()), dtype=np.int64)
        arrays |= self.values
        if self.chemnet is not None:
            arrays |= self.chemnet._asdict()
        with whole_file(path) as part, open(part, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: str | Path, title: str | None = None) -> "MoleculeStatistics":
        r"""Reads what :meth:`save` wrote.

        Args:
            path (str or Path): The file.
            title (str, optional): The name of the set that it must hold. (default: any)

        Raises:
            ValueError: If the file is damaged, or holds something else or another set.
        """
        try:
            with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
                arrays = dict(file)
            if title is not None and str(arrays["title"]) != title:
                raise ValueError(f"the statistics are those of '{arrays['title']}'")
            chemnet = Gaussian(arrays["mean"], arrays["covariance"]) if "mean" in arrays else None
            return cls(
                num_given=int(arrays["num_given"]),
                fingerprints=arrays["fingerprints"],
                fragments=_counts(arrays, "fragments"),
                scaffolds=_counts(arrays, "scaffolds"),
                values={key: arrays[key] for key in DESCRIPTORS},
                chemnet=chemnet,
                # Older files do not have the rest.
                causes=_counts(arrays, "causes") if "causes" in arrays else Counter(),
                num_stereo=int(arrays.get("num_stereo", 0)),
            )
        except (EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise ValueError(
                f"'path' holds no statistics of molecules or is damaged: delete '{path}', and it "
                "is computed again"
            ) from error


def _has_stereo(smiles: str) -> bool:
    """Whether a canonical SMILES has centres, double bonds with a side, or isotopes."""
    return re.search(r"[@/\\]|\[\d", smiles) is not None


def _counts(arrays: dict[str, np.ndarray], key: str) -> Counter[str]:
    counts = arrays[f"{key}_counts"].tolist()
    names = arrays[key].tobytes().decode().split("\n") if counts else []
    return Counter(dict(zip(names, counts, strict=True)))
