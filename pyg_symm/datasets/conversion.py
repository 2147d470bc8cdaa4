"""Many SMILES to columns, by several processes."""

import functools
import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import torch

from pyg_symm.chem import Encoded, MoleculeError, MoleculeVocabulary, Refusals, encode_all
from pyg_symm.datasets.columns import MAX_ATOMS, Chunk
from pyg_symm.graphs import structural_order
from pyg_symm.utils import batched, parallel_map

CHUNK_SIZE = 2048


class Options(NamedTuple):
    """How molecules are converted."""

    vocabulary: MoleculeVocabulary
    max_hops: int
    largest_fragment: bool


def convert(
    rows: Iterable[tuple[int, str]], options: Options, workers: int | None = None
) -> Iterator[Chunk]:
    r"""Converts SMILES, chunk by chunk and in order.

    Args:
        rows (Iterable): Numbers and SMILES.
        options (Options): How.
        workers (int, optional): The number of processes; with 1, it is this one.
            (default: as many as there are processors for this one)
    """
    chunks = batched(rows, CHUNK_SIZE)
    return parallel_map(functools.partial(convert_chunk, options=options), chunks, workers)


def convert_chunk(rows: list[tuple[int, str]], options: Options) -> Chunk:
    """Converts some SMILES at once."""
    molecules: list[Encoded] = []
    kept: list[int] = []
    refused = Refusals()
    smiles = (text for _, text in rows)
    found = encode_all(smiles, options.vocabulary, options.largest_fragment, MAX_ATOMS)
    for (row, text), molecule in zip(rows, found, strict=True):
        if isinstance(molecule, MoleculeError):
            refused.add(molecule.reason, text)
        else:
            molecules.append(molecule)
            kept.append(row)
    return Chunk(_columns(molecules, kept, options.max_hops), refused, len(rows))


def _columns(molecules: list[Encoded], rows: list[int], max_hops: int) -> dict[str, np.ndarray]:
    num_atoms = np.array([len(molecule.atoms) for molecule in molecules], np.int64)
    num_bonds = np.array([len(molecule.bonds) for molecule in molecules], np.int64)
    bonds = np.concatenate([np.zeros((0, 3), np.int64), *(m.bonds for m in molecules)])
    ptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(num_atoms)])
    ends = bonds[:, :2] + np.repeat(ptr[:-1], num_bonds)[:, None]
    order = structural_order(
        torch.from_numpy(ends.T.copy()), torch.from_numpy(ptr), max_hops=max_hops
    )
    atoms = itertools.chain.from_iterable(molecule.atoms for molecule in molecules)
    texts = [molecule.smiles.encode() for molecule in molecules]
    return {
        "atom": np.fromiter(atoms, np.uint8),
        "block_id": order.block_id.numpy().astype(np.uint8),
        "bond": bonds.astype(np.uint8),
        "smiles": np.frombuffer(b"".join(texts), np.uint8),
        "atom_ptr": num_atoms,
        "bond_ptr": num_bonds,
        "smiles_ptr": np.array([len(text) for text in texts], np.int64),
        "num_blocks": order.num_blocks.numpy().astype(np.uint8),
        "row": np.array(rows, np.int64),
    }
