"""All that the tables need to know of one molecule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pyg_symm.chem import flat_smiles, mol_to_smiles, num_fragments
from pyg_symm.chem.descriptors import descriptors, fingerprint, fragments, scaffold

from .smiles import parse


class Described(NamedTuple):
    r"""A valid molecule.

    Attributes:
        smiles: Canonical SMILES.
        flat: Canonical SMILES of what a graph can express, without stereochemistry and isotopes.
        num_pieces: The number of connected components.
        bits: Packed bits of the fingerprint :math:`(128)`.
        fragments: SMILES of the BRICS fragments.
        scaffold: SMILES of the scaffold, if it has two rings or more.
        values: One of each of :data:`~pyg_symm.chem.DESCRIPTORS`.
        passes: Whether it passes the filter, if there is one.
    """

    smiles: str
    flat: str
    num_pieces: int
    bits: np.ndarray
    fragments: list[str]
    scaffold: str | None
    values: tuple[float, ...]
    passes: bool | None


@dataclass(frozen=True)
class Describe:
    r"""Describes the molecule of a SMILES, which is parsed once for all columns.

    Args:
        passes (Callable, optional): A filter of molecules. (default: :obj:`None`)

    Examples:
        >>> found = Describe()("OCC")
        >>> found.smiles, found.num_pieces, found.passes
        ('CCO', 1, None)
        >>> Describe()("C1CC")
        'syntax'
    """

    passes: Callable[[Any], bool] | None = None

    def __call__(self, smiles: str | None) -> Described | str:
        """The molecule, or a key of :data:`~pyg_symm.chem.REASONS`."""
        mol, reason = parse(smiles)
        if mol is None:
            return reason or "unknown"
        text = mol_to_smiles(mol)
        if text != smiles:
            # Of the canonical SMILES, so that nothing depends on how the molecule was written.
            again, _ = parse(text)
            mol = mol if again is None else again
        flat = flat_smiles(text) if any(sign in text for sign in "[@/\\") else text
        return Described(
            text,
            text if flat is None else flat,
            num_fragments(mol),
            fingerprint(mol),
            fragments(mol),
            scaffold(mol),
            descriptors(mol),
            None if self.passes is None else self.passes(mol),
        )
