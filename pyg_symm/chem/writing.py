"""Molecules to files."""

import contextlib
import gzip
from collections.abc import Callable, Iterable
from typing import IO, Any

import torch
from torch_geometric.data import Data

from pyg_symm.utils import whole_file

from .canonical import canonical_smiles
from .decode import to_mol, to_smiles
from .encode import from_smiles
from .errors import MoleculeError
from .parse import parse_smiles
from .reading import LINES, TABLES, file_ending
from .toolkit import rdkit
from .vocabulary import MoleculeVocabulary


def write_molecules(
    path: str, molecules: Iterable[Data | str], vocabulary: MoleculeVocabulary | None = None
) -> int:
    r"""Writes molecules in the format given by the file extension.

    - ``.smi``, ``.smiles``, ``.txt``: a canonical SMILES a line
    - ``.csv``, ``.tsv``: a table with the column SMILES
    - ``.sdf``: structures with coordinates in the plane
    - ``.pt``: a list of graphs, for :func:`~pyg_symm.utils.load_tensors`, which runs no code

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
    ending = file_ending(path, (*LINES, *TABLES, ".sdf", ".pt"))
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
            header = ["SMILES"] if ending in TABLES else []
            file.writelines(f"{text}\n" for text in header + texts)  # A SMILES has no commas.
            return len(texts)


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
