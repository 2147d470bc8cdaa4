"""From molecules to graphs."""

import functools
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch_geometric.data import Data

from .canonical import flatten
from .errors import MoleculeError
from .parse import parse
from .toolkit import rdkit, sanitize, silent
from .vocabulary import MoleculeVocabulary, atomic_keys

_BRACKETS = re.compile(r"\[.*?\]")
_CHARGE = re.compile(r"[+-]\d*\]")
_OTHER_BONDS = ("->", "<-", "~")  # They do not show in a matrix of bond orders.


class Encoded(NamedTuple):
    """A molecule as classes of atoms and bonds.

    Attributes:
        atoms: The class of each atom.
        bonds: Each bond once: first atom, second atom, class; sorted.
        smiles: Canonical SMILES of what is encoded.
    """

    atoms: list[int]
    bonds: np.ndarray
    smiles: str


def from_smiles(
    smiles: str, vocabulary: MoleculeVocabulary, largest_fragment: bool = False
) -> Data:
    r"""The graph of a molecule.

    Isotopes, stereochemistry and atom map numbers are dropped. Atoms come in the order of the
    canonical SMILES, from which aromatic rings get their single and double bonds: however the
    atoms of a molecule are ordered, its graph is the same.

    Args:
        smiles (str): The molecule.
        vocabulary (MoleculeVocabulary): The classes to write it in.
        largest_fragment (bool, optional): Whether to keep the fragment with the most heavy atoms of
            a disconnected molecule, instead of refusing it. (default: :obj:`False`)

    Returns:
        Data: ``x`` :math:`(N, 1)`, the class of each atom; ``edge_index`` :math:`(2, E)`, both
        directions, sorted; ``edge_attr`` :math:`(E)`, the class of each bond, which is never 0; and
        ``smiles``, canonical and without what was dropped.

    Raises:
        MoleculeError: If the molecule cannot be written in these classes, see
            :data:`~pyg_symm.chem.REASONS`.

    Examples:
        >>> data = from_smiles("C(=O)O", MoleculeVocabulary(["C", "O"]))
        >>> data.x.tolist(), data.edge_index.tolist(), data.edge_attr.tolist()
        ([[1], [0], [1]], [[0, 1, 1, 2], [1, 0, 2, 1]], [2, 2, 1, 1])
        >>> data.smiles
        'O=CO'
    """
    with silent():
        return _to_data(encode(smiles, vocabulary, largest_fragment))


def from_mol(mol: Any, vocabulary: MoleculeVocabulary, largest_fragment: bool = False) -> Data:
    r"""The graph of an rdkit molecule, which is not changed.

    Args:
        mol (rdkit.Chem.Mol): The molecule, sanitised or not.
        vocabulary (MoleculeVocabulary): As for :func:`from_smiles`.
        largest_fragment (bool, optional): As for :func:`from_smiles`. (default: :obj:`False`)

    Raises:
        MoleculeError: As for :func:`from_smiles`.
    """
    with silent():
        mol = rdkit("Chem").Mol(mol)
        sanitize(mol)
        return _to_data(_encode(mol, vocabulary, largest_fragment))


def encode(smiles: str, vocabulary: MoleculeVocabulary, largest_fragment: bool = False) -> Encoded:
    """As :func:`from_smiles`, in lists. rdkit may write to the terminal."""
    if not isinstance(smiles, str):
        raise TypeError(f"'smiles' must be a string (got {type(smiles).__name__})")
    mol, reason = parse(smiles)
    if reason is not None:
        shown = smiles if len(smiles) <= 200 else f"{smiles[:200]}..., {len(smiles)} characters"
        raise MoleculeError(reason, f"'smiles' is not a valid molecule (got {shown!r})")
    return _encode(mol, vocabulary, largest_fragment)


def encode_all(
    smiles: Iterable[str],
    vocabulary: MoleculeVocabulary,
    largest_fragment: bool = False,
    max_atoms: int | None = None,
) -> Iterator[Encoded | MoleculeError]:
    r"""Encodes many molecules without writing to the terminal.

    Args:
        smiles (Iterable of str): The molecules.
        vocabulary (MoleculeVocabulary): As for :func:`from_smiles`.
        largest_fragment (bool, optional): As for :func:`from_smiles`. (default: :obj:`False`)
        max_atoms (int, optional): Refuse molecules with more atoms. (default: no limit)

    Yields:
        Encoded or MoleculeError: For each molecule its encoding, or the reason why it is refused.
    """
    with silent():
        for text in smiles:
            try:
                molecule = encode(text, vocabulary, largest_fragment)
                if max_atoms is not None and len(molecule.atoms) > max_atoms:
                    raise MoleculeError(
                        "size", f"There must be at most {max_atoms} atoms (got {molecule.smiles!r})"
                    )
            except MoleculeError as error:
                yield error
            else:
                yield molecule


def _encode(mol: Any, vocabulary: MoleculeVocabulary, largest_fragment: bool) -> Encoded:
    chem = rdkit("Chem")
    smiles = flatten(mol)
    if not smiles:
        raise MoleculeError("empty", "The molecule has no atoms")
    if "." in smiles:
        if not largest_fragment:
            raise MoleculeError("disconnected", f"The molecule has fragments (got {smiles!r})")
        smiles = _largest(smiles)
    # Everything that follows depends only on the canonical string, which needs no sanitisation.
    mol = chem.MolFromSmiles(smiles, sanitize=False)
    mol.UpdatePropertyCache(strict=False)
    if vocabulary.bonds == "kekule":
        chem.Kekulize(mol, clearAromaticFlags=True)
    atoms = _atoms(mol, vocabulary, smiles)
    # An aromatic N-H becomes a nitrogen with two single bonds and thus an implicit hydrogen.
    if set(_BRACKETS.findall(smiles)) - {"[nH]"}:
        checked = mol
        if vocabulary.bonds == "aromatic":
            checked = chem.Mol(mol)
            chem.Kekulize(checked, clearAromaticFlags=True)
        _check_hydrogens(checked, smiles)
    if vocabulary.explicit_hydrogens:
        mol = chem.AddHs(mol)  # They come last.
        hydrogen = vocabulary.atoms.index("H")
        atoms += [hydrogen] * (mol.GetNumAtoms() - len(atoms))
    return Encoded(atoms, _bonds(mol, vocabulary, smiles), smiles)


def _atoms(mol: Any, vocabulary: MoleculeVocabulary, smiles: str) -> list[int]:
    classes, _ = _tables(vocabulary)
    # By index: twice as fast as iterating over rdkit's atoms.
    atoms = list(map(mol.GetAtomWithIdx, range(mol.GetNumAtoms())))
    numbers = [atom.GetAtomicNum() for atom in atoms]
    charged = _CHARGE.search(smiles) is not None
    charges = [atom.GetFormalCharge() for atom in atoms] if charged else [0] * len(numbers)
    keys = list(zip(numbers, charges, strict=True))
    for number, charge in keys:
        if (number, charge) not in classes:
            known = any(number == other for other, _ in classes)
            symbol = rdkit("Chem").GetPeriodicTable().GetElementSymbol(number)
            raise MoleculeError(
                "charge" if known else "atom",
                f"'vocabulary' has {list(vocabulary.atoms)} (got {symbol}"
                f"{f'{charge:+d}' if charge else ''} in {smiles!r})",
            )
    return [classes[key] for key in keys]


def _bonds(mol: Any, vocabulary: MoleculeVocabulary, smiles: str) -> np.ndarray:
    if any(sign in smiles for sign in _OTHER_BONDS):
        raise MoleculeError("bond", f"A bond is dative or of no order (got {smiles!r})")
    _, classes = _tables(vocabulary)
    # Much faster than reading the atoms and the type of each bond.
    orders = rdkit("Chem").GetAdjacencyMatrix(mol, useBO=True, force=True)
    first, second = np.nonzero(np.triu(orders))
    bonds = [classes.get(order, 0) for order in orders[first, second].tolist()]
    if 0 in bonds:
        raise MoleculeError(
            "bond", f"'vocabulary' has the bonds {list(vocabulary.bond_names)} (got {smiles!r})"
        )
    return np.stack([first, second, np.array(bonds, dtype=first.dtype)], axis=1)


@functools.cache
def _tables(vocabulary: MoleculeVocabulary) -> tuple[dict, dict]:
    """Classes by atomic number and charge, and by bond order."""
    orders = vocabulary.bond_orders.tolist()
    bonds = {order: number for number, order in enumerate(orders) if number > 0}
    return {key: number for number, key in enumerate(atomic_keys(vocabulary))}, bonds


def _largest(smiles: str) -> str:
    """The largest of several fragments; among equals the first in alphabetical order."""
    chem = rdkit("Chem")
    mols = map(chem.MolFromSmiles, sorted(smiles.split(".")))
    return flatten(max(mols, key=lambda mol: mol.GetNumHeavyAtoms()))


def _check_hydrogens(mol: Any, smiles: str) -> None:
    """Refuses atoms in brackets without the hydrogens that their valence implies.

    The bonds must be single, double and triple. The atoms lose their own numbers of hydrogens.
    """
    atoms = [atom for atom in mol.GetAtoms() if atom.GetNoImplicit()]
    wanted = [atom.GetNumExplicitHs() for atom in atoms]
    for atom in atoms:
        atom.SetNoImplicit(False)
        atom.SetNumExplicitHs(0)
    mol.UpdatePropertyCache(strict=False)
    for atom, number in zip(atoms, wanted, strict=True):
        if atom.GetTotalNumHs() != number:
            raise MoleculeError(
                "hydrogens",
                f"{atom.GetSymbol()} has {number} hydrogens, valence gives "
                f"{atom.GetTotalNumHs()} (got {smiles!r})",
            )


def _to_data(encoded: Encoded) -> Data:
    there = torch.from_numpy(encoded.bonds).long()
    both = torch.cat([there, there[:, [1, 0, 2]]])
    both = both[(both[:, 0] * len(encoded.atoms) + both[:, 1]).argsort()]
    return Data(
        x=torch.tensor(encoded.atoms, dtype=torch.long).view(-1, 1),
        edge_index=both[:, :2].t().contiguous(),
        edge_attr=both[:, 2].clone(),
        smiles=encoded.smiles,
    )
