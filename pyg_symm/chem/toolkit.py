"""Imports rdkit at the first use. No other module imports it."""

import functools
import importlib
from typing import Any

from .errors import MoleculeError

# Reasons by rdkit's names for problems.
_PROBLEMS = {
    "AtomValenceException": "valence",
    "KekulizeException": "kekulization",
    "AtomKekulizeException": "kekulization",
}


@functools.cache
def rdkit(module: str) -> Any:
    r"""A module of rdkit.

    Args:
        module (str): Its name below ``rdkit``, such as ``"Chem"``.

    Raises:
        ImportError: If rdkit is not installed; the message says how to.

    Examples:
        >>> rdkit("Chem").MolFromSmiles("CCO").GetNumAtoms()
        3
    """
    try:
        return importlib.import_module(f"rdkit.{module}")
    except ModuleNotFoundError as error:
        raise ImportError("Molecules need rdkit; install it with: pip install rdkit") from error


def rdkit_version() -> str:
    """The version of rdkit."""
    return rdkit("rdBase").rdkitVersion


def silent() -> Any:
    """A context in which rdkit does not write to the terminal."""
    return rdkit("rdBase").BlockLogs()


def problem(mol: Any) -> str | None:
    """The reason for which rdkit cannot sanitise a molecule, or :obj:`None`."""
    problems = rdkit("Chem").DetectChemistryProblems(mol)
    return _PROBLEMS.get(problems[0].GetType(), "unknown") if problems else None


def sanitize(mol: Any) -> None:
    """Sanitises a molecule in place.

    Raises:
        MoleculeError: With the reason ``"valence"``, ``"kekulization"`` or ``"unknown"``.
    """
    chem = rdkit("Chem")
    try:
        chem.SanitizeMol(mol)
    except chem.MolSanitizeException as error:
        reason = _PROBLEMS.get(type(error).__name__, "unknown")
        raise MoleculeError(reason, str(error).strip()) from None
