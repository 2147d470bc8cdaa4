"""Molecules in files."""

import contextlib
import csv
import gzip
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

import torch
from torch_geometric.data import Data

from pyg_symm.utils import whole_file

from .canonical import canonical_smiles
from .decode import to_mol, to_smiles
from .encode import from_smiles
from .errors import MoleculeError
from .parse import parse_smiles
from .toolkit import rdkit
from .vocabulary import MoleculeVocabulary

_TABLES = {".csv": ",", ".tsv": "\t"}
_LINES = (".smi", ".smiles", ".txt")


def read_smiles(path: str, column: str | None = None) -> list[str]:
    r"""Reads the SMILES of a file, unchanged.

    Args:
        path (str): A file of lines that begin with a SMILES (``.smi``, ``.smiles``, ``.txt``), or
            a table with a header (``.csv``, ``.tsv``); both may be compressed (``.gz``).
        column (str, optional): The name of the column of a table. (default: the one that is named
            SMILES, in capital letters or not)

    Raises:
        ValueError: If the ending is another, the table has no such column, or the file is damaged.

    Examples:
        >>> read_smiles("molecules.csv.gz")  # doctest: +SKIP
        ['CCO', 'c1ccccc1']
    """
    return list(iterate_smiles(path, column))


def iterate_smiles(path: str, column: str | None = None) -> Iterator[str]:
    """As :func:`read_smiles`, one at a time."""
    ending = _ending(path, (*_LINES, *_TABLES))
    opened: Callable[..., Any] = gzip.open if path.lower().endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield from _column(file, ending, path, column) if ending in _TABLES else _lines(file)
    except (EOFError, zlib.error, UnicodeDecodeError, csv.Error, gzip.BadGzipFile) as error:
        raise ValueError(f"'path' is damaged (got '{path}'): {error}") from error


def write_molecules(
    path: str, molecules: Iterable[Data | str], vocabulary: MoleculeVocabulary | None = None
) -> int:
    r"""Writes molecules in the format given by the file extension.

    - ``.smi``, ``.smiles``, ``.txt``: a canonical SMILES a line
    - ``.csv``, ``.tsv``: a table with the column SMILES
    - ``.sdf``: structures with coordinates in the plane
    - ``.pt``: a list of graphs, for :func:`torch.load` with ``weights_only=False``

    All but the last may be packed (``.gz``). What is no molecule has no SMILES and no structure and
    is left out of all but ``.pt``. The file appears when it is complete.

    Args:
        path (str): The file.
        molecules (Iterable): Graphs or SMILES.
        vocabulary (MoleculeVocabulary, optional): What graphs are written in; needed if graphs are
            to become SMILES or structures, or SMILES graphs. (default: :obj:`None`)

    Returns:
        int: How many were written.

    Raises:
        ValueError: If the ending is another, or the vocabulary is missing.

    Examples:
        >>> write_molecules("ethanol.sdf", ["OCC"])  # doctest: +SKIP
        1
    """
    ending = _ending(path, (*_LINES, *_TABLES, ".sdf", ".pt"))
    packed = path.lower().endswith(".gz")
    if packed and ending == ".pt":
        raise ValueError(f"'path' must not be packed if it ends in '.pt' (got '{path}')")
    with whole_file(path) as part:
        if ending == ".pt":
            graphs = [_graph(molecule, vocabulary) for molecule in molecules]
            torch.save(graphs, part)
            return len(graphs)
        opened: Callable[..., Any] = gzip.open if packed else open
        with opened(part, "wt", encoding="utf-8") as file:
            if ending == ".sdf":
                return _write_structures(file, molecules, vocabulary)
            smiles = (_smiles(molecule, vocabulary) for molecule in molecules)
            texts = [text for text in smiles if text is not None]
            header = ["SMILES"] if ending in _TABLES else []
            file.writelines(f"{text}\n" for text in header + texts)  # SMILES have no commas.
            return len(texts)


def _ending(path: str, known: tuple[str, ...]) -> str:
    name = os.path.basename(path).lower().removesuffix(".gz")
    ending = os.path.splitext(name)[1]
    if ending not in known:
        raise ValueError(f"'path' must end in one of {list(known)} (got '{path}')")
    return ending


def _lines(file: IO[str]) -> Iterator[str]:
    for number, line in enumerate(file):
        line = line.rstrip()
        # A line that begins with a blank has a name and no molecule, which the reader refuses.
        smiles = "" if line[:1].isspace() else line.split(maxsplit=1)[0] if line else None
        if smiles is None or (number == 0 and smiles.lower() == "smiles"):
            continue
        yield smiles


def _column(file: IO[str], ending: str, path: str, column: str | None) -> Iterator[str]:
    rows = csv.reader(file, delimiter=_TABLES[ending])
    names = next(rows, [])
    wanted = "smiles" if column is None else column
    found = [
        number
        for number, name in enumerate(names)
        if (name.strip().lower() if column is None else name) == wanted
    ]
    if not found:
        raise ValueError(f"'path' has no column '{wanted}' (got '{path}' with {names})")
    for row in rows:
        if row:
            yield row[found[0]].strip() if found[0] < len(row) else ""


def _smiles(molecule: Data | str, vocabulary: MoleculeVocabulary | None) -> str | None:
    if isinstance(molecule, Data):
        return to_smiles(molecule, _needed(vocabulary))
    return canonical_smiles(molecule)


def _graph(molecule: Data | str, vocabulary: MoleculeVocabulary | None) -> Data:
    return molecule if isinstance(molecule, Data) else from_smiles(molecule, _needed(vocabulary))


def _needed(vocabulary: MoleculeVocabulary | None) -> MoleculeVocabulary:
    if vocabulary is None:
        raise ValueError("'vocabulary' is needed between graphs and SMILES (got None)")
    return vocabulary


def _write_structures(
    file: IO[str], molecules: Iterable[Data | str], vocabulary: MoleculeVocabulary | None
) -> int:
    chem, depictor = rdkit("Chem"), rdkit("Chem.rdDepictor")
    written = 0
    with contextlib.closing(chem.SDWriter(file)) as writer:
        for molecule in molecules:
            if isinstance(molecule, Data):
                try:
                    mol = to_mol(molecule, _needed(vocabulary))
                except MoleculeError:
                    continue
            else:
                mol, _ = parse_smiles(molecule)
                if mol is None:
                    continue
            depictor.Compute2DCoords(mol)
            writer.write(mol)
            written += 1
    return written
