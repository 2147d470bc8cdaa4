"""From graphs to molecules."""

from typing import Any

from torch_geometric.data import Data

from .canonical import heavy_smiles
from .errors import MoleculeError
from .toolkit import rdkit, sanitize, silent
from .vocabulary import MoleculeVocabulary, atomic_keys


def to_mol(data: Data, vocabulary: MoleculeVocabulary, sanitize: bool = True) -> Any:
    r"""The molecule of a graph.

    Hydrogens that are not nodes are added as implicit hydrogens.

    Args:
        data (Data): A graph as of :func:`~pyg_symm.chem.from_smiles`, in any order of the nodes.
        vocabulary (MoleculeVocabulary): The classes it is written in.
        sanitize (bool, optional): Whether to check valence and to find aromatic rings. Otherwise
            the molecule has just these atoms and bonds. (default: :obj:`True`)

    Returns:
        rdkit.Chem.Mol: The molecule, with all of its fragments.

    Raises:
        MoleculeError: If it cannot be sanitised: ``"valence"``, ``"kekulization"``, or ``"empty"``.
        ValueError: If there is not one class in each row, a class is not of the vocabulary, or a
            bond is of no nodes or has only one direction.

    Examples:
        >>> from pyg_symm.chem import from_smiles
        >>> vocabulary = MoleculeVocabulary.moses()
        >>> to_mol(from_smiles("c1ccccc1N", vocabulary), vocabulary).GetNumAtoms()
        7
    """
    with silent():
        mol = build(data, vocabulary)
        if sanitize:
            _sanitize(mol)
    return mol.GetMol()


def to_smiles(data: Data, vocabulary: MoleculeVocabulary, sanitize: bool = True) -> str | None:
    r"""The canonical SMILES of a graph.

    Explicit hydrogens become implicit ones.

    Args:
        data (Data): As for :func:`to_mol`.
        vocabulary (MoleculeVocabulary): As for :func:`to_mol`.
        sanitize (bool, optional): Whether to check valence and to find aromatic rings. Otherwise
            the string has exactly these atoms and bonds, also if they are not a valid molecule.
            (default: :obj:`True`)

    Returns:
        str or None: All fragments, or :obj:`None` if they are not a valid molecule;
        :func:`~pyg_symm.chem.judge` gives the reason.

    Raises:
        ValueError: As for :func:`to_mol`. A :class:`~pyg_symm.chem.MoleculeError` is not raised.

    Examples:
        >>> from pyg_symm.chem import from_smiles
        >>> vocabulary = MoleculeVocabulary.moses()
        >>> to_smiles(from_smiles("Nc1ccc[nH]1", vocabulary), vocabulary)
        'Nc1ccc[nH]1'
    """
    with silent():
        mol = build(data, vocabulary)
        if not sanitize:
            return rdkit("Chem").MolToSmiles(mol.GetMol())
        try:
            _sanitize(mol)
        except MoleculeError:
            return None
        return heavy_smiles(mol)


def build(data: Data, vocabulary: MoleculeVocabulary) -> Any:
    """The molecule of a graph, not sanitised."""
    chem = rdkit("Chem")
    if data.x is None or data.edge_index is None or data.edge_attr is None:
        raise ValueError(f"'data' must have 'x', 'edge_index' and 'edge_attr' (got {data})")
    for name, value in {"x": data.x, "edge_attr": data.edge_attr}.items():
        if value.numel() != len(value) or value.is_floating_point():
            got = f"{value.dtype} of shape {list(value.shape)}"
            raise ValueError(f"'{name}' must be one class, an integer, in each row (got {got})")
    keys, kinds = atomic_keys(vocabulary), chem.BondType.names
    names = vocabulary.bond_names
    mol = chem.RWMol()
    for number in data.x.flatten().tolist():
        if not 0 <= number < len(keys):
            raise ValueError(f"'x' must be a class of atoms, 0 to {len(keys) - 1} (got {number})")
        atom = chem.Atom(keys[number][0])
        atom.SetFormalCharge(keys[number][1])
        mol.AddAtom(atom)
    for (first, second), number in _bonds(data).items():
        if not 0 < number < len(names):
            raise ValueError(
                f"'edge_attr' must be a class of bonds, 1 to {len(names) - 1} (got {number})"
            )
        mol.AddBond(first, second, kinds[names[number].upper()])
    return mol


def _sanitize(mol: Any) -> None:
    if mol.GetNumAtoms() == 0:
        raise MoleculeError("empty", "'data' has no nodes")
    sanitize(mol)


def _bonds(data: Data) -> dict[tuple[int, int], int]:
    """The class of each bond, by its two atoms in ascending order."""
    row, col = data.edge_index.tolist()
    if len(row) != len(data.edge_attr):
        raise ValueError(
            f"'edge_attr' must have a class for each of {len(row)} edges "
            f"(got {len(data.edge_attr)})"
        )
    if row and not 0 <= min(*row, *col) <= max(*row, *col) < len(data.x):
        ends = f"{min(*row, *col)}..{max(*row, *col)}"
        raise ValueError(f"'edge_index' must be of {len(data.x)} nodes (got {ends})")
    there: dict[tuple[int, int], int] = {}
    back: dict[tuple[int, int], int] = {}
    for first, second, number in zip(row, col, data.edge_attr.flatten().tolist(), strict=True):
        if first == second:
            raise ValueError(f"'edge_index' must not have loops (got one of node {first})")
        if first < second:
            there[first, second] = number
        else:
            back[second, first] = number
    if there != back:
        odd = sorted(set(there.items()) ^ set(back.items()))[0][0]
        raise ValueError(
            f"'edge_index' must have both directions of a bond, with equal classes (got {odd})"
        )
    if len(there) + len(back) < len(row):
        raise ValueError("'edge_index' must not have a bond twice")
    return there
