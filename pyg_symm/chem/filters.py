"""The medicinal chemistry filters of MOSES."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from .parse import parse
from .toolkit import rdkit, silent

ATOMS = frozenset({"C", "N", "S", "O", "F", "Cl", "Br", "H"})
MAX_RING = 7


class MoleculeFilter:
    r"""Whether a molecule passes: no large ring, no charge, known atoms, no alert.

    An alert is a pattern that matches the molecule with its hydrogens drawn. Trying each of
    hundreds of patterns takes most of the time of an evaluation, hence a screen comes first: if a
    pattern matches, the bits of its own pattern fingerprint are all set in the molecule's. About
    one pattern in twenty is left to be tried.

    Args:
        smarts (Sequence): The alerts.

    Raises:
        ValueError: If rdkit cannot read an alert.

    Examples:
        >>> from pyg_symm.chem import parse_smiles
        >>> passes = MoleculeFilter(["C#N"])
        >>> [passes(parse_smiles(smiles)[0]) for smiles in ("CCO", "CC#N", "C[NH3+]", "C1CCCCCCC1")]
        [True, False, False, False]
    """

    def __init__(self, smarts: Sequence[str]) -> None:
        self.smarts = tuple(smarts)

    def __reduce__(self) -> tuple:
        return type(self), (self.smarts,)  # Worker processes parse the patterns themselves.

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.smarts)} alerts)"

    @functools.cached_property
    def _alerts(self) -> tuple[list[Any], np.ndarray, np.ndarray]:
        """Patterns, their bits [num_patterns, num_bits], and how many bits each has."""
        chem = rdkit("Chem")
        with silent():
            patterns = [chem.MolFromSmarts(text) for text in self.smarts]
        for pattern, text in zip(patterns, self.smarts, strict=True):
            if pattern is None:
                raise ValueError(f"'smarts' must be SMARTS patterns (got {text!r})")
        bits = np.array([_pattern_bits(pattern) for pattern in patterns], dtype=np.float32)
        return patterns, bits, bits.sum(axis=-1)

    def __call__(self, mol: Any) -> bool:
        r"""Whether a sanitised molecule passes."""
        if any(len(ring) > MAX_RING for ring in mol.GetRingInfo().AtomRings()):
            return False
        if any(
            atom.GetFormalCharge() != 0 or atom.GetSymbol() not in ATOMS for atom in mol.GetAtoms()
        ):
            return False
        return not self._alerted(mol) and _survives(mol)

    def _alerted(self, mol: Any) -> bool:
        if not self.smarts:
            return False
        patterns, bits, num_bits = self._alerts
        full = rdkit("Chem").AddHs(mol)
        possible = bits @ _pattern_bits(full) == num_bits
        return any(full.HasSubstructMatch(patterns[i]) for i in possible.nonzero()[0])


def _pattern_bits(mol: Any) -> np.ndarray:
    text = rdkit("DataStructs").BitVectToBinaryText(rdkit("Chem").PatternFingerprint(mol))
    return np.unpackbits(np.frombuffer(text, dtype=np.uint8)).astype(np.float32)


def _survives(mol: Any) -> bool:
    """Whether the molecule can be written without stereochemistry and read again."""
    chem = rdkit("Chem")
    with silent():
        return parse(chem.MolToSmiles(mol, isomericSmiles=False))[0] is not None
