"""Molecular dynamics of your own: extended XYZ files with energies and forces."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch_geometric.data import Data
from tqdm import tqdm

from pyg_symm.datasets.processed import MEND, ProcessedInMemoryDataset
from pyg_symm.datasets.xyz_frames import Frame, read_frames
from pyg_symm.datasets.xyz_labels import (
    FIELDS,
    Labels,
    chosen_frames,
    given_energies,
    is_isolated,
    isolated_energies,
)
from pyg_symm.utils import check_limit, evenly_spread, load_tensors, save_tensors
from pyg_symm.utils.files import sha256

FORMAT = 1  # Raised when the content changes, so that folders of older versions are not read.


class XYZTrajectory(ProcessedInMemoryDataset):
    r"""Molecules with energies and forces from extended XYZ files.

    Each frame is a graph with ``z`` :math:`(N)`, ``pos`` :math:`(N, 3)`, ``energy`` :math:`(1)` in
    double precision and ``force`` :math:`(N, 3)`; and, if a frame has a lattice, ``cell``
    :math:`(1, 3, 3)`, a vector in each row, and ``pbc`` :math:`(1, 3)`, zero for frames without.
    Units are those of the files, and :class:`~pyg_symm.tasks.EnergyForces` takes eV and Å.
    Positions, forces and cells have the default type when the data set is opened.

    Isolated atoms are no graphs; their energies are kept in :attr:`atom_energies`. An isolated atom
    is a frame with one atom whose ``config_type`` is ``IsolatedAtom``, or that does not repeat.

    Args:
        files (str or list): One or several files. Frames are numbered through all of them.
        root (str, optional): Where to keep what is read, in a folder ``XYZTrajectory``.
            (default: :func:`~pyg_symm.datasets.default_root`)
        frames (str or list, optional): The frames to read: their numbers from 0 without isolated
            atoms, or a slice such as ``":950"`` or ``"::20"``. (default: all)
        energy (str, optional): The key of the energy. (default: ``REF_energy``, ``energy`` or
            ``dft_energy``, the first that there is)
        forces (str, optional): The column of the forces. (default: ``REF_forces``, ``forces`` or
            ``dft_forces``, or one of these without the last letter)
        with_forces (bool, optional): Whether to read forces. (default: :obj:`True`)
        isolated_atoms (str or dict, optional): Energies of isolated atoms by symbol or atomic
            number, or a file with one frame for each. They replace those among the frames.
        info (list, optional): More keys of the header to keep: numbers :math:`(1, K)`, or text.
        transform (Callable, optional): Applied to a graph at every access.
        pre_transform (Callable, optional): Applied to each graph once, before it is saved.
        pre_filter (Callable, optional): Whether to keep a graph.
        force_reload (bool, optional): Whether to read the files again. (default: :obj:`False`)
        limit (int, optional): Keep at most this many frames, evenly spread. (default: all)

    Attributes:
        atom_energies (dict): Energies of isolated atoms by atomic number.

    Raises:
        ValueError: If a file is broken or has no energies or forces; the message names file and
            line. Nothing is kept then.
        FileNotFoundError: If there is no such file.

    Examples:
        >>> dataset = XYZTrajectory(["train.xyz", "atoms.xyz"])  # doctest: +SKIP
        >>> dataset[0], dataset.atom_energies  # doctest: +SKIP
        (Data(pos=[9, 3], z=[9], energy=[1], force=[9, 3], ...), {1: -13.57, 6: -1028.44, ...})
    """

    def __init__(
        self,
        files: str | os.PathLike | Sequence[str | os.PathLike],
        root: str | None = None,
        frames: str | Sequence[int] | None = None,
        energy: str | None = None,
        forces: str | None = None,
        with_forces: bool = True,
        isolated_atoms: str | os.PathLike | Mapping[str | int, float] | None = None,
        info: Sequence[str] = (),
        transform: Callable | None = None,
        pre_transform: Callable | None = None,
        pre_filter: Callable | None = None,
        force_reload: bool = False,
        limit: int | None = None,
    ) -> None:
        several = [files] if isinstance(files, str | os.PathLike) else files
        self.files = [os.fspath(file) for file in several]
        if not self.files:
            raise ValueError(f"'files' must name at least one file (got {files})")
        check_limit(limit)
        if isinstance(info, str):
            raise ValueError(f"'info' must be a list of keys (got {info!r})")
        if taken := [name for name in info if name in FIELDS]:
            raise ValueError(f"'info' must not be one of {list(FIELDS)} (got {taken[0]!r})")
        self.labels = Labels(energy, forces, with_forces, tuple(info))
        if frames is not None and not isinstance(frames, Iterable):
            raise ValueError(f"'frames' must be a slice or a list of numbers (got {frames!r})")
        self.frames = frames if frames is None or isinstance(frames, str) else list(frames)
        self.limit = limit
        self._given = (
            None if isolated_atoms is None else given_energies(isolated_atoms, self.labels)
        )
        self._sha256 = [sha256(file) for file in self.files]
        super().__init__(root, transform, pre_transform, pre_filter, force_reload=force_reload)
        self.load(self.processed_paths[0])
        for name in ("pos", "force", "cell"):
            if name in self._data:
                self._data[name] = self._data[name].to(torch.get_default_dtype())
        energies = load_tensors(self.processed_paths[1], MEND)
        self.atom_energies: dict[int, float] = energies if self._given is None else self._given

    def arguments(self) -> dict[str, Any]:
        return {
            **super().arguments(),
            "frames": self.frames,
            "limit": self.limit,
            "labels": tuple(self.labels),
            "sha256": self._sha256,
            "format": FORMAT,
        }

    @property
    def processed_file_names(self) -> list[str]:
        """All frames, and the energies of isolated atoms."""
        return ["frames.pt", "atoms.pt"]

    def process(self) -> None:
        """Reads all files."""
        graphs: list[Data] = []
        atoms: list[Frame] = []
        labels: Labels | None = None
        with tqdm(desc="XYZTrajectory", unit=" frames", disable=not self.log) as progress:
            for file in self.files:
                for frame in read_frames(file):
                    if is_isolated(frame):
                        atoms.append(frame)
                        continue
                    # One name for all frames: two labels of the same kind are never mixed.
                    labels = self.labels.resolved(frame) if labels is None else labels
                    graphs.append(labels.read(frame))
                    progress.update()
        if not graphs:
            raise ValueError(f"'files' have no frames other than isolated atoms (got {self.files})")
        _check_info(graphs, self.labels.info)
        chosen = chosen_frames(self.frames, len(graphs))
        if self.limit is not None:
            chosen = torch.tensor(chosen)[evenly_spread(self.limit, len(chosen))].tolist()
        energies = isolated_energies(atoms, self.labels)
        self.store(_alike([graphs[i] for i in chosen]), self.processed_paths[0])
        save_tensors(energies, self.processed_paths[1])


def _alike(graphs: list[Data]) -> list[Data]:
    """Gives all graphs a cell if one has a cell."""
    if any("cell" in data for data in graphs):
        for data in graphs:
            if "cell" not in data:
                data.cell = torch.zeros(1, 3, 3, dtype=torch.double)
                data.pbc = torch.zeros(1, 3, dtype=torch.bool)
    return graphs


def _check_info(graphs: list[Data], names: Sequence[str]) -> None:
    """Refuses keys that differ in kind from frame to frame, which have no common tensor."""
    for name in names:
        kinds = [None if isinstance(data[name], str) else data[name].shape for data in graphs]
        if other := [i for i, kind in enumerate(kinds) if kind != kinds[0]]:
            raise ValueError(
                f"'info' must name keys with text, or with as many numbers, in all frames "
                f"(got '{name}', which is {graphs[0][name]!r} in frame 0 and "
                f"{graphs[other[0]][name]!r} in frame {other[0]})"
            )
