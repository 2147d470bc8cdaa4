"""Heavy atoms, hydrogens and bonds in the order of a SMILES."""

from typing import NamedTuple

import numpy as np

from .errors import MoleculeError
from .toolkit import rdkit, silent


class Skeleton(NamedTuple):
    """The heavy atoms of a molecule and what is bonded to them.

    Attributes:
        numbers: Atomic numbers :math:`(N)`.
        hydrogens: The number of hydrogens of each atom :math:`(N)`.
        bonds: Each bond once: its first and second atom :math:`(B, 2)`.
        orders: The orders of the bonds, 1.5 for aromatic ones :math:`(B)`.
        smiles: Canonical SMILES with all hydrogens as atoms, and no stereochemistry.
    """

    numbers: np.ndarray
    hydrogens: np.ndarray
    bonds: np.ndarray
    orders: np.ndarray
    smiles: str


def skeleton(smiles: str) -> Skeleton:
    r"""The heavy atoms of a SMILES, in its order, with its bonds as they are written.

    Charges count for the numbers of hydrogens. Nothing is sanitised: rings that are written with
    single and double bonds keep them.

    Args:
        smiles (str): The molecule.

    Raises:
        MoleculeError: If this is not a SMILES string, or there are no atoms.

    Examples:
        >>> atoms = skeleton("C=CO")
        >>> atoms.numbers.tolist(), atoms.hydrogens.tolist()
        ([6, 6, 8], [2, 1, 1])
        >>> atoms.bonds.tolist(), atoms.orders.tolist(), atoms.smiles
        ([[0, 1], [1, 2]], [2.0, 1.0], '[H]OC([H])=C([H])[H]')
    """
    chem = rdkit("Chem")
    with silent():
        mol = chem.MolFromSmiles(smiles, sanitize=False)
        if mol is None:
            raise MoleculeError("syntax", f"'smiles' is not a molecule (got {smiles!r})")
        if mol.GetNumAtoms() == 0:
            raise MoleculeError("empty", f"'smiles' has no atoms (got {smiles!r})")
        mol.UpdatePropertyCache(strict=False)
        atoms = list(map(mol.GetAtomWithIdx, range(mol.GetNumAtoms())))
        orders = chem.GetAdjacencyMatrix(mol, useBO=True, force=True)
        first, second = np.nonzero(np.triu(orders))
        return Skeleton(
            np.array([atom.GetAtomicNum() for atom in atoms]),
            np.array([atom.GetTotalNumHs() for atom in atoms]),
            np.stack([first, second], axis=1),
            orders[first, second],
            chem.MolToSmiles(chem.AddHs(mol), isomericSmiles=False),
        )
