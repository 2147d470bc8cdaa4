"""Canonical SMILES."""

from typing import Any

from .parse import parse_smiles
from .toolkit import rdkit, silent


def mol_to_smiles(mol: Any, stereo: bool = True) -> str:
    r"""The canonical SMILES of a sanitised molecule.

    Args:
        mol (rdkit.Chem.Mol): The molecule.
        stereo (bool, optional): Whether to write stereochemistry and isotopes.
            (default: :obj:`True`)
    """
    return rdkit("Chem").MolToSmiles(mol, isomericSmiles=stereo)


def canonical_smiles(smiles: str | None, stereo: bool = True) -> str | None:
    r"""The canonical SMILES, or :obj:`None` if the molecule is not valid.

    Args:
        smiles (str or None): Any string; :obj:`None` stands for an output known to be invalid.
        stereo (bool, optional): As for :func:`mol_to_smiles`. (default: :obj:`True`)

    Examples:
        >>> canonical_smiles("OC(=O)[C@@H](N)C"), canonical_smiles("OCC", stereo=False)
        ('C[C@H](N)C(=O)O', 'CCO')
        >>> canonical_smiles("C1CC") is None
        True
    """
    mol, _ = parse_smiles(smiles)
    return None if mol is None else mol_to_smiles(mol, stereo)


def flat_smiles(smiles: str | None) -> str | None:
    r"""The canonical SMILES of what a graph can express, or :obj:`None` if it is not valid.

    Stereochemistry, isotopes, atom map numbers and explicit hydrogens are dropped. Two molecules
    with the same flat SMILES have the same graph.

    Args:
        smiles (str or None): Any string; :obj:`None` stands for an output known to be invalid.

    Examples:
        >>> flat_smiles("OC(=O)[C@@H](N)C"), flat_smiles("[2H]C"), flat_smiles("[CH3:1][OH:2]")
        ('CC(N)C(=O)O', 'C', 'CO')
    """
    mol, _ = parse_smiles(smiles)
    if mol is None:
        return None
    with silent():
        return flatten(mol)


def flatten(mol: Any) -> str:
    """The flat SMILES of a sanitised molecule, which loses its stereochemistry."""
    chem = rdkit("Chem")
    chem.RemoveStereochemistry(mol)
    smiles = chem.MolToSmiles(mol, isomericSmiles=False)
    if ":" in smiles or "[H" in smiles or "[2H" in smiles:
        # Atom map numbers are written in any case, and rdkit removes deuterium only after its
        # isotope is dropped.
        for atom in mol.GetAtoms():
            atom.SetAtomMapNum(0)
            atom.SetIsotope(0)
        smiles = chem.MolToSmiles(chem.RemoveHs(mol), isomericSmiles=False)
    return smiles


def heavy_smiles(mol: Any) -> str:
    """The canonical SMILES of the molecule of a graph, with implicit hydrogens."""
    chem = rdkit("Chem")
    if any(atom.GetAtomicNum() == 1 for atom in mol.GetAtoms()):
        mol = chem.RemoveHs(mol)
    return chem.MolToSmiles(mol, isomericSmiles=False)
