"""Molecules with coordinates out of the tables of QM9."""

import csv
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pyg_symm.chem.skeleton import Skeleton, skeleton
from pyg_symm.utils import parallel_map

_NUMBERS = {"H": 1, "C": 6, "N": 7, "O": 8, "F": 9}
_PROPERTIES = (
    *("RotA_GHz", "RotB_GHz", "RotC_GHz", "Dipole_debye", "Polarizability_bohr3", "HOMO_au"),
    *("LUMO_au", "HOMO_LUMO_gap_au", "R2_bohr2", "ZPVE_au", "InternalEnergy_0K_au"),
    *("InternalEnergy_298K_au", "Enthalphy_298K_au", "GibbsFreeEnergy_298K_au"),
    "Heatcapacity_Cv_cal_mol_K",
)
_CHUNK = 512  # Molecules that a process takes at a time.
_MAX_CHOICES = 10_000  # Ways to place the atoms of a SMILES that are tried.


class Molecule(NamedTuple):
    r"""A molecule of QM9.

    Attributes:
        number: Its number in QM9, from 1.
        z: Atomic numbers, hydrogens included :math:`(N)`.
        pos: Coordinates in Å :math:`(N, 3)`.
        bonds: Each bond once: its first and second atom :math:`(B, 2)`.
        orders: The orders of the bonds :math:`(B)`.
        properties: What :func:`~pyg_symm.datasets.qm9_targets.to_targets` takes :math:`(15)`.
        smiles: Canonical SMILES with all hydrogens.
    """

    number: int
    z: np.ndarray
    pos: np.ndarray
    bonds: np.ndarray
    orders: np.ndarray
    properties: np.ndarray
    smiles: str


def read_molecules(
    paths: Sequence[str | Path],
    wanted: Callable[[int], bool] = lambda row: True,
    workers: int | None = 1,
) -> Iterator[Molecule]:
    r"""Reads molecules in order.

    The tables have no bonds. The heavy atoms of a SMILES come in the order of the coordinates, but
    for six molecules, whose atoms are placed so that bonds are short. A hydrogen is bonded to the
    nearest heavy atom; the numbers of hydrogens are compared with those of the SMILES.

    Args:
        paths (list): The tables, in order.
        wanted (Callable, optional): Whether to read the molecule of a row, counted from 0 through
            all tables. (default: all)

    Raises:
        ValueError: If a field is missing or damaged; the message names file, line and field.
    """
    return parallel_map(_molecule, _rows(paths, wanted), workers, chunk_size=_CHUNK)


def _rows(
    paths: Sequence[str | Path], wanted: Callable[[int], bool]
) -> Iterator[tuple[dict[str, Any], str]]:
    """The fields of each molecule, and where they are."""
    number = itertools.count()
    for path in paths:
        with open(path, newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            for row in rows:
                if wanted(next(number)):
                    yield row, f"line {rows.line_num} of '{path}'"


def _molecule(row_and_place: tuple[dict[str, Any], str]) -> Molecule:
    row, place = row_and_place
    z = _field(row, "Elements", place, _elements)
    pos = _field(row, "XYZ_Ang", place, lambda text: np.array(_numbers(text)).reshape(len(z), 3))
    atoms = _field(row, "SMILES", place, skeleton)
    try:
        bonds, orders = _place(atoms, z, pos)
    except ValueError as error:
        raise ValueError(f"{place} is damaged: {error}") from None
    return Molecule(
        _field(row, "Index", place, int),
        z,
        pos,
        bonds,
        orders,
        np.array([_field(row, name, place, float) for name in _PROPERTIES]),
        atoms.smiles,
    )


def _field(row: dict[str, Any], name: str, place: str, read: Callable[[str], Any]) -> Any:
    text = row.get(name)
    if not text:
        raise ValueError(f"{place} has no field '{name}'")
    try:
        return read(text)
    except (ValueError, KeyError) as error:
        raise ValueError(f"{place} has a damaged field '{name}' ({error}; got {text!r})") from None


def _elements(text: str) -> np.ndarray:
    symbols = text.strip("[]").split(",")
    return np.array([_NUMBERS[symbol.strip("' ")] for symbol in symbols])


def _numbers(text: str) -> list[float]:
    return list(map(float, text.replace("[", "").replace("]", "").split(",")))


def _place(atoms: Skeleton, z: np.ndarray, pos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bonds of a molecule, from its SMILES to the order of its coordinates."""
    heavy, hydrogen = np.flatnonzero(z > 1), np.flatnonzero(z == 1)
    if len(heavy) != len(atoms.numbers):
        raise ValueError(f"{len(heavy)} heavy atoms, but {len(atoms.numbers)} in the SMILES")
    apart = np.linalg.norm(pos[hydrogen, None] - pos[heavy], axis=-1)
    owner = apart.argmin(axis=1)
    found = np.stack([z[heavy], np.bincount(owner, minlength=len(heavy))], axis=1)
    wanted = np.stack([atoms.numbers, atoms.hydrogens], axis=1)
    order = np.arange(len(heavy))
    if not np.array_equal(found, wanted):
        order = _shortest(atoms.bonds, wanted, found, pos[heavy])
    bonds = np.concatenate([heavy[order[atoms.bonds]], np.stack([heavy[owner], hydrogen], axis=1)])
    return bonds, np.concatenate([atoms.orders, np.ones(len(hydrogen))])


def _shortest(
    bonds: np.ndarray, wanted: np.ndarray, found: np.ndarray, pos: np.ndarray
) -> np.ndarray:
    """Places atoms among those of the same element and as many hydrogens, with short bonds."""
    kinds = np.unique(wanted, axis=0)
    places = [np.flatnonzero((wanted == kind).all(axis=1)) for kind in kinds]
    choices = [np.flatnonzero((found == kind).all(axis=1)).tolist() for kind in kinds]
    if [*map(len, places)] != [*map(len, choices)]:
        raise ValueError("the hydrogens next to its atoms are not those of the SMILES")
    tried = itertools.product(*map(itertools.permutations, choices))
    order = np.arange(len(wanted))

    def arranged(parts: tuple[tuple[int, ...], ...]) -> np.ndarray:
        for place, part in zip(places, parts, strict=True):
            order[place] = part
        return order

    def length(parts: tuple[tuple[int, ...], ...]) -> float:
        ends = pos[arranged(parts)[bonds]]  # [bonds, 2, 3]
        return np.square(ends[:, 0] - ends[:, 1]).sum()

    best = min(itertools.islice(tried, _MAX_CHOICES), key=length)
    if next(tried, None) is not None:
        raise ValueError("its atoms come in another order than those of the SMILES")
    return arranged(best)
