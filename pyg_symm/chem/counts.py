"""Counts of what is in a molecule."""

from typing import Any

from .toolkit import rdkit

COUNTS = (
    "heavy_atoms",
    "hetero_atoms",
    "halogens",
    "rings",
    "aromatic_rings",
    "donors",
    "acceptors",
    "rotatable_bonds",
)
_HALOGENS = {9, 17, 35, 53}


def molecule_counts(mol: Any) -> tuple[int, ...]:
    r"""How many there are of each of :data:`COUNTS` in a molecule.

    Rings are those of the smallest set of smallest rings; donors and acceptors are those of
    hydrogen bonds, as in Lipinski's rules.

    Args:
        mol (rdkit.Chem.Mol): A sanitised molecule.

    Examples:
        >>> from pyg_symm.chem import parse_smiles
        >>> counts = molecule_counts(parse_smiles("CC(=O)Oc1ccccc1C(=O)O")[0])
        >>> dict(zip(COUNTS, counts))  # doctest: +NORMALIZE_WHITESPACE
        {'heavy_atoms': 13, 'hetero_atoms': 4, 'halogens': 0, 'rings': 1, 'aromatic_rings': 1,
         'donors': 1, 'acceptors': 3, 'rotatable_bonds': 2}
    """
    rules = rdkit("Chem.rdMolDescriptors")
    return (
        mol.GetNumHeavyAtoms(),
        rules.CalcNumHeteroatoms(mol),
        sum(atom.GetAtomicNum() in _HALOGENS for atom in mol.GetAtoms()),
        rules.CalcNumRings(mol),
        rules.CalcNumAromaticRings(mol),
        rules.CalcNumHBD(mol),
        rules.CalcNumHBA(mol),
        rules.CalcNumRotatableBonds(mol),
    )
