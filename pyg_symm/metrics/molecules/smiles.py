"""Which outputs are molecules, and why the others are not."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pyg_symm.chem.toolkit import problem, rdkit, silent

from .parallel import map_molecules


def smiles_list(name: str, smiles: Iterable[str | None]) -> list[str | None]:
    r"""Checks SMILES that a user gave under some name, and lists them.

    Raises:
        TypeError: If there is anything but strings and :obj:`None`.
    """
    if isinstance(smiles, str):
        raise TypeError(f"'{name}' must be a list of SMILES (got one string, {smiles!r})")
    listed = list(smiles)
    for place, value in enumerate(listed):
        if value is not None and not isinstance(value, str):
            raise TypeError(f"'{name}' must hold strings or None (got {value!r} at {place})")
    return listed


def parse(smiles: str | None) -> tuple[Any, str | None]:
    r"""The molecule of a SMILES, or why there is none.

    Args:
        smiles (str or None): Anything; :obj:`None` is an output that was known to be invalid.

    Returns:
        tuple: The molecule, or :obj:`None` and a key of :data:`pyg_symm.chem.REASONS`.

    Examples:
        >>> parse("CCO")[0].GetNumAtoms()
        3
        >>> parse("c1cccc1")
        (None, 'kekulization')
        >>> parse(None)
        (None, 'unknown')
    """
    if smiles is None:
        return None, "unknown"
    chem = rdkit("Chem")
    with silent():
        mol = chem.MolFromSmiles(smiles)
        if mol is None:
            mol = chem.MolFromSmiles(smiles, sanitize=False)
            return None, "syntax" if mol is None else problem(mol) or "unknown"
    # An empty string parses, but a molecule has atoms.
    return (mol, None) if mol.GetNumAtoms() > 0 else (None, "empty")


def canonical(smiles: str | None, stereo: bool = True) -> str | None:
    r"""The canonical SMILES, or :obj:`None` if it is not valid.

    Examples:
        >>> canonical("OC(=O)[C@@H](N)C"), canonical("OC(=O)[C@@H](N)C", stereo=False)
        ('C[C@H](N)C(=O)O', 'CC(N)C(=O)O')
        >>> canonical("C1CC") is None
        True
    """
    mol, _ = parse(smiles)
    return None if mol is None else rdkit("Chem").MolToSmiles(mol, isomericSmiles=stereo)


def flat(smiles: str | None) -> str | None:
    """The canonical SMILES without stereochemistry and isotopes."""
    return canonical(smiles, stereo=False)


def cause(smiles: str | None) -> str | None:
    """Why an output is invalid, ``"disconnected"`` if it is valid but in pieces, or nothing."""
    mol, reason = parse(smiles)
    if mol is not None and len(rdkit("Chem").GetMolFrags(mol)) > 1:
        return "disconnected"
    return reason


def invalid_causes(smiles: Iterable[str | None], workers: int = 1) -> dict[str, float]:
    r"""The share of outputs that each cause spoils.

    Args:
        smiles (Iterable): SMILES, or :obj:`None` for what was invalid before it became one.
        workers (int, optional): The number of processes. (default: :obj:`1`)

    Returns:
        dict: Shares of all outputs, by keys of :data:`pyg_symm.chem.REASONS`: ``"valence"``,
        ``"kekulization"`` and ``"disconnected"`` always, others where they occur. Disconnected
        molecules are valid; all others are not. :obj:`None` is ``"unknown"``.

    Examples:
        >>> invalid_causes(["CCO", "C(C)(C)(C)(C)C", "c1cccc1", "C.C"])
        {'valence': 0.25, 'kekulization': 0.25, 'disconnected': 0.25}
    """
    outputs = smiles_list("smiles", smiles)
    counts = Counter(map_molecules(cause, outputs, workers))
    del counts[None]
    names = dict.fromkeys(["valence", "kekulization", "disconnected", *sorted(counts)])
    return {name: counts[name] / len(outputs) if outputs else 0.0 for name in names}
