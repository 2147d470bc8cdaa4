"""Coordinates in the plane, for drawings."""

import itertools
from typing import Any

import numpy as np

from .toolkit import rdkit

_MAX_RING = 8  # Atoms; larger rings are also laid out by CoordGen.
_TOO_CLOSE = 0.4  # In bond lengths.


def lay_out(mol: Any) -> Any:
    r"""A molecule with coordinates in the plane, its longest side horizontal.

    Rings that are bridged or large come out tangled from rdkit's usual layout. Where it has
    crossings, atoms upon each other or large rings, CoordGen's layout is taken if that has fewer
    faults.

    Args:
        mol (rdkit.Chem.Mol): The molecule, which is left unchanged.
    """
    chem, depictor = rdkit("Chem"), rdkit("Chem.rdDepictor")
    usual = chem.Mol(mol)
    depictor.Compute2DCoords(usual, useRingTemplates=True)
    best, faults = usual, num_faults(usual)
    rings = usual.GetRingInfo().AtomRings()
    if faults or any(len(ring) > _MAX_RING for ring in rings):
        other = chem.Mol(mol)
        rdkit("Chem.rdCoordGen").AddCoords(other)
        if num_faults(other) < faults or (faults == 0 and num_faults(other) == 0):
            best = other
    depictor.NormalizeDepiction(best)
    depictor.StraightenDepiction(best)
    return best


def num_faults(mol: Any) -> int:
    """The number of bonds that cross and of atoms that nearly coincide in a layout."""
    if mol.GetNumBonds() == 0:
        return 0
    pos = mol.GetConformer().GetPositions()[:, :2]
    ends = np.array([[b.GetBeginAtomIdx(), b.GetEndAtomIdx()] for b in mol.GetBonds()])
    length = np.linalg.norm(pos[ends[:, 0]] - pos[ends[:, 1]], axis=1).mean()
    distance = np.linalg.norm(pos[:, None] - pos[None], axis=-1)
    close = int((distance < _TOO_CLOSE * length).sum() - len(pos)) // 2
    crossings = sum(
        not set(ends[i]) & set(ends[j]) and _cross(*pos[ends[i]], *pos[ends[j]])
        for i, j in itertools.combinations(range(len(ends)), 2)
    )
    return close + crossings


def _cross(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> bool:
    """Whether two segments cross."""

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
