"""Which outputs are molecules, and why others are not."""

from collections import Counter
from collections.abc import Iterable

from pyg_symm.chem import canonical_smiles as canonical
from pyg_symm.chem import flat_smiles as flat
from pyg_symm.chem import num_fragments
from pyg_symm.chem import parse_smiles as parse

from .parallel import map_molecules

__all__ = ["canonical", "cause", "flat", "invalid_causes", "parse", "smiles_list"]


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


def cause(smiles: str | None) -> str | None:
    """Why an output is invalid, ``"disconnected"`` if it is valid but in pieces, or nothing."""
    mol, reason = parse(smiles)
    if mol is not None and num_fragments(mol) > 1:
        return "disconnected"
    return reason


def invalid_causes(smiles: Iterable[str | None], workers: int = 1) -> dict[str, float]:
    r"""The share of outputs that are invalid for each cause.

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
