"""A SMILES to a molecule, or the reason why there is none."""

from typing import Any

from .toolkit import problem, rdkit, silent

MAX_LENGTH = 4000  # In characters: the time and recursion depth of rdkit grow with the length.


def parse_smiles(smiles: str | None) -> tuple[Any, str | None]:
    r"""The molecule of a SMILES, or the reason why there is none.

    Nothing is written to the terminal.

    Args:
        smiles (str or None): Any string; :obj:`None` stands for an output known to be invalid.

    Returns:
        tuple: The sanitised ``rdkit.Chem.Mol`` and :obj:`None`, or :obj:`None` and a key of
        :data:`~pyg_symm.chem.REASONS`. Strings of more than 4,000 characters are not parsed; their
        reason is ``"size"``.

    Examples:
        >>> parse_smiles("CCO")[0].GetNumAtoms()
        3
        >>> parse_smiles("c1cccc1")
        (None, 'kekulization')
        >>> parse_smiles(None)
        (None, 'unknown')
    """
    if smiles is None:
        return None, "unknown"
    with silent():
        return parse(smiles)


def parse(smiles: str) -> tuple[Any, str | None]:
    """As :func:`parse_smiles`, but rdkit may write to the terminal."""
    if len(smiles) > MAX_LENGTH:
        return None, "size"
    chem = rdkit("Chem")
    # First with sanitisation, which repairs bonds to metals; the diagnosis below does not.
    mol = chem.MolFromSmiles(smiles)
    if mol is None:
        mol = chem.MolFromSmiles(smiles, sanitize=False)
        return None, "syntax" if mol is None else problem(mol) or "unknown"
    # An empty string parses, but a molecule has atoms.
    return (mol, None) if mol.GetNumAtoms() > 0 else (None, "empty")
