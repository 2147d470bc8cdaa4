"""Molecules with fingerprints and scores, apart by their scaffolds."""

import functools
import math
import os
from typing import NamedTuple

import numpy as np

from pyg_symm.chem import DESCRIPTORS, nci_file, parse_smiles, read_smiles
from pyg_symm.chem.descriptors import descriptors, fingerprint, scaffold
from pyg_symm.chem.reading import LINES, TABLES, file_ending

from .splits import SPLITS


class CompoundPool(NamedTuple):
    r"""Molecules to draw sets from.

    Attributes:
        smiles: Molecules as they stand in the file.
        bits: Morgan fingerprints, zero and one, of type uint8 :math:`(M, 1024)`.
        score: What is wanted of a molecule :math:`(M)`.
        scaffold: The rings of each molecule and what links them; empty without rings.
        refused: How many lines have no molecule.
    """

    smiles: list[str]
    bits: np.ndarray
    score: np.ndarray
    scaffold: list[str]
    refused: int

    def take(self, index: np.ndarray) -> "CompoundPool":
        """Some of the molecules."""
        return CompoundPool(
            [self.smiles[i] for i in index],
            self.bits[index],
            self.score[index],
            [self.scaffold[i] for i in index],
            self.refused,
        )


def read_compounds(
    path: str | None = None, score: str = "QED", limit: int | None = None
) -> CompoundPool:
    r"""Reads molecules and their scores.

    Args:
        path (str, optional): A file of SMILES, as of :func:`~pyg_symm.chem.read_smiles`.
            (default: the molecules that are installed with rdkit)
        score (str, optional): A property, one of :data:`~pyg_symm.chem.DESCRIPTORS`, or the name of
            a column of numbers. (default: ``"QED"``)
        limit (int, optional): Read at most this many lines. (default: all)

    Raises:
        ValueError: If there is no molecule, or a score is missing or not a number.
    """
    path = nci_file() if path is None else path
    return _read(path, os.stat(path).st_mtime_ns, score, limit)


@functools.lru_cache(maxsize=2)  # The splits of a data set share it.
def _read(path: str, changed: int, score: str, limit: int | None) -> CompoundPool:
    known = score in DESCRIPTORS
    if not known and file_ending(path, (*LINES, *TABLES)) in LINES:
        raise ValueError(
            f"'score' must be one of {DESCRIPTORS}, because '{path}' is no table with columns "
            f"(got '{score}')"
        )
    lines = read_smiles(path)[:limit]
    column = [] if known else read_smiles(path, score)[:limit]
    smiles, bits, scores, scaffolds = [], [], [], []
    for i, line in enumerate(lines):
        mol, _ = parse_smiles(line)
        if mol is None:
            continue
        value = (
            descriptors(mol)[DESCRIPTORS.index(score)] if known else _number(column[i], i, score)
        )
        smiles.append(line)
        bits.append(np.unpackbits(fingerprint(mol)))
        scores.append(value)
        scaffolds.append(scaffold(mol, min_rings=1) or "")
    if not smiles:
        raise ValueError(f"'path' must have at least one molecule (got '{path}')")
    refused = len(lines) - len(smiles)
    return CompoundPool(smiles, np.stack(bits), np.array(scores), scaffolds, refused)


def scaffold_split(scaffolds: list[str], split: str, seed: int = 0) -> np.ndarray:
    r"""The molecules of a split; no scaffold is in two of them.

    Scaffolds are shuffled, and fill the training split to eight tenths, the validation split to one
    tenth, and the test split. Those of more than a twentieth of the molecules come first, into the
    training split. Molecules without rings share one scaffold.

    Args:
        scaffolds (list): The scaffold of each molecule.
        split (str): ``"train"``, ``"val"`` or ``"test"``.
        seed (int, optional): The seed of the order. (default: :obj:`0`)

    Returns:
        numpy.ndarray: Numbers of molecules, ascending.
    """
    names, number, counts = np.unique(scaffolds, return_inverse=True, return_counts=True)
    order = np.random.RandomState(seed).permutation(len(names))
    order = order[np.argsort(counts[order] <= len(scaffolds) / 20, kind="stable")]
    before = np.cumsum(counts[order]) - counts[order]
    part = np.digitize(before / len(scaffolds), [0.8, 0.9])
    of_scaffold = np.empty(len(names), dtype=np.int64)
    of_scaffold[order] = part
    return np.flatnonzero(of_scaffold[number] == SPLITS.index(split))


def _number(text: str, row: int, column: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"'{column}' must be a number in row {row + 1} (got {text!r})")
    return value
