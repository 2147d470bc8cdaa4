"""What a frame of an extended XYZ file says: geometry, energy and forces."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, SupportsIndex

import torch
from torch_geometric.data import Data

from pyg_symm.chem.elements import SYMBOLS, atomic_number
from pyg_symm.datasets.xyz_frames import Frame, read_frames

#: Names of labels in lower case; the first one that a file has is read.
ENERGIES = ("ref_energy", "energy", "dft_energy")
FORCES = ("ref_forces", "ref_force", "forces", "force", "dft_forces", "dft_force")
#: What a graph holds already, or what has a meaning of its own in a batch or for a network.
FIELDS = (
    *("z", "pos", "energy", "force", "cell", "pbc"),
    *("x", "vec", "edge_index", "edge_attr", "batch", "ptr", "num_nodes"),
)
_ELEMENTS = ("species", "symbols", "element", "elements", "z", "numbers")
_HINT = "; with_forces=False reads energies only"
_SLICE = re.compile(r"(-?\d*):(-?\d*)(?::(-?\d*))?")


class Labels(NamedTuple):
    r"""Which labels of a frame to read.

    Attributes:
        energy: The key of the energy; found by its name if :obj:`None`.
        forces: The column of the forces; found by its name if :obj:`None`.
        with_forces: Whether to read forces.
        info: More keys to keep.
    """

    energy: str | None = None
    forces: str | None = None
    with_forces: bool = True
    info: tuple[str, ...] = ()

    def resolved(self, frame: Frame) -> "Labels":
        """With the names that a frame has.

        Raises:
            ValueError: If it has no energy or no forces.
        """
        energy = _find(frame, frame.info, self.energy, ENERGIES, "energy")
        if not self.with_forces:
            return self._replace(energy=energy)
        forces = _find(frame, frame.columns, self.forces, FORCES, "forces", _HINT)
        return self._replace(energy=energy, forces=forces)

    def read(self, frame: Frame) -> Data:
        r"""The graph of a frame, in double precision.

        Raises:
            ValueError: If something is missing or broken; the message names file and line.
        """
        names = self.resolved(frame)
        assert names.energy is not None
        data = Data(
            z=torch.tensor(_numbers(frame)),
            pos=_vectors(frame, _find(frame, frame.columns, None, ("pos", "positions"), "pos")),
            energy=torch.tensor([frame.number(names.energy)], dtype=torch.double),
        )
        if names.with_forces:
            assert names.forces is not None
            data.force = _vectors(frame, names.forces)
        if (cell := _key(frame, "lattice")) is not None:
            data.cell = torch.tensor(frame.numbers(cell, 9), dtype=torch.double).view(1, 3, 3)
            data.pbc = torch.tensor([_periodic(frame)])
        for name in self.info:
            data[name] = _value(frame, name)
        return data


def is_isolated(frame: Frame) -> bool:
    """Whether a frame has one atom, and says that it is isolated or does not repeat."""
    if len(frame.rows) != 1:
        return False
    kind = _key(frame, "config_type")
    text = "" if kind is None else frame.info[kind].lower().replace("_", "").replace(" ", "")
    return text == "isolatedatom" or not any(_periodic(frame))


def isolated_energies(
    frames: Iterable[Frame], labels: Labels, known: Mapping[int, float] | None = None
) -> dict[int, float]:
    r"""Energies of isolated atoms by atomic number.

    Args:
        frames (iterable): Frames of one atom each.
        labels (Labels): The name of the energy.
        known (Mapping, optional): Energies of other atoms, which are included.

    Raises:
        ValueError: If a frame has several atoms, or an atom has several energies.
    """
    energies = dict(known or {})
    for frame in frames:
        if len(frame.rows) != 1:
            raise ValueError(f"{frame.place} must have one atom (got {len(frame.rows)})")
        (number,) = _numbers(frame)
        found = _find(frame, frame.info, labels.energy, ENERGIES, "energy")
        energy = frame.number(found)
        if energies.setdefault(number, energy) != energy:
            raise ValueError(
                f"{frame.place} has another energy of isolated {SYMBOLS[number]} "
                f"(got {energy} and {energies[number]})"
            )
    return energies


def given_energies(
    isolated_atoms: str | os.PathLike | Mapping[str | int, float], labels: Labels
) -> dict[int, float]:
    """Energies of isolated atoms from a file or by their elements.

    Raises:
        ValueError: If an element or an energy is none.
    """
    if isinstance(isolated_atoms, str | os.PathLike):
        return isolated_energies(read_frames(isolated_atoms), labels)
    energies = {}
    for key, energy in isolated_atoms.items():
        try:
            energies[atomic_number(key)] = float(energy)
        except (TypeError, ValueError) as error:
            raise ValueError(f"'isolated_atoms' must be energies by element ({error})") from None
    return energies


def chosen_frames(frames: str | Sequence[int] | None, total: int) -> list[int]:
    r"""The numbers of frames.

    Args:
        frames (str or list, optional): Numbers, or a slice such as ``":950"`` or ``"::20"``.
            (default: all)
        total (int): How many there are.

    Raises:
        ValueError: If this is no slice, a number is out of range, or no frame is left.

    Examples:
        >>> chosen_frames("1::2", 6), chosen_frames([4, -1], 6)
        ([1, 3, 5], [4, 5])
    """
    everything = range(total)
    chosen: Sequence[int]
    if frames is None:
        chosen = everything
    elif isinstance(frames, str):
        match = _SLICE.fullmatch(frames.strip())
        if match is None or match[3] == "0":
            raise ValueError(f"'frames' must be a slice such as '10:20' (got {frames!r})")
        chosen = everything[slice(*(int(part) if part else None for part in match.groups()))]
    else:
        if wrong := [i for i in frames if not _is_place(i, total)]:
            raise ValueError(f"'frames' must be numbers of {total} frames (got {wrong[0]!r})")
        chosen = [everything[i] for i in frames]
    if len(chosen) == 0:
        raise ValueError(f"'frames' must leave at least one of {total} frames (got {frames!r})")
    return list(chosen)


def _is_place(value: object, total: int) -> bool:
    return isinstance(value, SupportsIndex) and -total <= value.__index__() < total


def _find(
    frame: Frame,
    have: Iterable[str],
    given: str | None,
    known: Sequence[str],
    what: str,
    hint: str = "",
) -> str:
    """The name of a label."""
    have = list(have)
    # Given names count letter by letter, known ones in upper and lower case.
    names = {name if given is not None else name.lower(): name for name in have}
    for name in known if given is None else [given]:
        if name in names:
            return names[name]
    called = f"the name '{given}'" if given is not None else f"the names {', '.join(known)}"
    raise ValueError(f"{frame.place} has no {what} of {called} (it has {have}){hint}")


def _key(frame: Frame, name: str) -> str | None:
    """A key of the header in upper or lower case."""
    return next((key for key in frame.info if key.lower() == name), None)


def _periodic(frame: Frame) -> list[bool]:
    """The directions in which a frame repeats: all that have a lattice, if it does not say."""
    key = _key(frame, "pbc")
    if key is None:
        return [_key(frame, "lattice") is not None] * 3
    return frame.flags(key, 3)


def _numbers(frame: Frame) -> list[int]:
    name = _find(frame, frame.columns, None, _ELEMENTS, "elements")
    elements = frame.atoms(name)[:, 0].tolist()
    try:
        return [atomic_number(element) for element in elements]
    except ValueError as error:
        raise ValueError(f"{frame.place}, '{name}': {error}") from None


def _vectors(frame: Frame, name: str) -> torch.Tensor:
    kind, _, width = frame.columns[name]
    if (kind, width) != ("R", 3):
        raise ValueError(f"{frame.place}: '{name}' must be R:3 (got {kind}:{width})")
    return torch.from_numpy(frame.atoms(name))


def _value(frame: Frame, name: str) -> torch.Tensor | str:
    if name not in frame.info:
        raise ValueError(f"{frame.place} has no key '{name}' (it has {list(frame.info)})")
    text = frame.info[name].removeprefix("_JSON")
    try:
        numbers = [float(part) for part in re.split(r"[\s,\[\]]+", text) if part]
    except ValueError:
        return text
    return torch.tensor([numbers], dtype=torch.double)
