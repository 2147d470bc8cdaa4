"""QM9: small molecules with coordinates and quantum-chemical properties."""

import os.path as osp
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import Data
from tqdm import tqdm

from pyg_symm.datasets.processed import ProcessedInMemoryDataset
from pyg_symm.datasets.qm9 import QM9Graphs
from pyg_symm.datasets.qm9_table import Molecule, read_molecules
from pyg_symm.datasets.qm9_targets import (
    ENERGIES,
    HARTREE,
    SINGLE_ATOMS,
    TARGETS,
    UNITS,
    target_columns,
    to_targets,
)
from pyg_symm.datasets.splits import SPLITS, check_split
from pyg_symm.datasets.wheel_files import WheelDataset
from pyg_symm.utils import check_limit, evenly_spread

FORMAT = 1  # Raised when the content changes, so that folders of older versions are not read.


class QM9Coordinates(WheelDataset, ProcessedInMemoryDataset):
    r"""The molecules of `"Quantum Chemistry Structures and Properties of 134 Kilo Molecules"
    <https://doi.org/10.1038/sdata.2014.22>`_ with coordinates and 19 properties.

    The 130,831 molecules with a consistent geometry come out of a wheel on the package index. The
    fields, units and order of targets are those of :class:`torch_geometric.datasets.QM9`: ``x``
    :math:`(N, 11)`, ``z`` :math:`(N)`, ``pos`` :math:`(N, 3)` in Å, ``edge_index`` :math:`(2, E)`
    with the bonds, ``edge_attr`` :math:`(E, 4)`, ``y`` :math:`(1, 19)`, ``smiles``, ``name`` and
    ``idx``. As in PyG, ``x`` is the element (H, C, N, O, F; one-hot), the atomic number, four zeros
    and the number of hydrogens. Bonds are single, double or triple, as in the published SMILES,
    which may write a ring with its double bonds elsewhere than PyG's file.

    The split is that of published models: the molecules, shuffled with seed 42, are 110,000 to
    train, 10,000 to validate and the other 10,831 to test.

    Args:
        root (str, optional): Where to keep the data, in a folder ``QM9Coordinates``; the tables are
            shared with :class:`QM9Graphs`. (default: :func:`~pyg_symm.datasets.default_root`)
        split (str, optional): ``"train"``, ``"val"``, ``"test"``, or ``"all"`` in the order of QM9.
            (default: ``"train"``)
        targets (int, str or list, optional): Keep these columns of ``y``: positions in PyG's order
            or names in :data:`~pyg_symm.datasets.qm9_targets.TARGETS`, which are ``mu``, ``alpha``,
            ``homo``, ``lumo``, ``gap``, ``r2``, ``zpve``, ``U0``, ``U``, ``H``, ``G``, ``cv``,
            ``U0_atom``, ``U_atom``, ``H_atom``, ``G_atom``, ``A``, ``B`` and ``C``.
            (default: all)
        atomization (bool, optional): Replace ``U0``, ``U``, ``H`` and ``G`` by the atomisation
            energies, as published models do. (default: :obj:`False`)
        transform (Callable, optional): Applied to a graph at every access.
        pre_transform (Callable, optional): Applied to each graph once, before it is saved.
        pre_filter (Callable, optional): Whether to keep a graph.
        workers (int, optional): The number of processes that read. (default: one a processor)
        force_reload (bool, optional): Whether to process the data again. (default: :obj:`False`)
        limit (int, optional): Read at most this many molecules of each split, evenly spread.
            (default: all)

    Attributes:
        targets (tuple): The names of the columns of ``y``.
        units (tuple): Their units.

    Raises:
        ValueError: If there is no such split or target.

    Examples:
        >>> dataset = QM9Coordinates(split="all", targets=["mu", "U0"])  # doctest: +SKIP
        >>> dataset[0].smiles, dataset[0].y  # doctest: +SKIP
        ('[H]C([H])([H])[H]', tensor([[    0.0000, -1101.4878]]))
    """

    wheel = QM9Graphs.wheel
    num_molecules, num_train, num_val = 130_831, 110_000, 10_000

    def __init__(
        self,
        root: str | None = None,
        split: str = "train",
        targets: int | str | Sequence[int | str] | None = None,
        atomization: bool = False,
        transform: Callable | None = None,
        pre_transform: Callable | None = None,
        pre_filter: Callable | None = None,
        workers: int | None = None,
        force_reload: bool = False,
        limit: int | None = None,
    ) -> None:
        check_split(split, (*SPLITS, "all"))
        check_limit(limit)
        columns = target_columns(targets)
        self.split, self.limit, self._workers = split, limit, workers
        self.targets = tuple(TARGETS[column] for column in columns)
        self.units = tuple(UNITS[name] for name in self.targets)
        self.atomization = atomization
        super().__init__(root, transform, pre_transform, pre_filter, force_reload=force_reload)
        self.load(self.processed_paths[0])
        y = self._data.y
        if atomization:
            first, last = ENERGIES
            y[:, first:last] = y[:, 12:16]
        self._data.y = y[:, columns]

    @property
    def raw_dir(self) -> str:
        """The folder of the tables."""
        return osp.join(self.root, "QM9Graphs", "raw")

    def arguments(self) -> dict[str, Any]:
        # Not the split: all splits are written together.
        return {**super().arguments(), "limit": self.limit, "format": FORMAT}

    @property
    def processed_file_names(self) -> str:
        """All molecules of a split in one file."""
        return f"{self.split}.pt"

    @property
    def extra_file_names(self) -> list[str]:
        """The other splits, which are written together."""
        return [f"{split}.pt" for split in self._rows() if split != self.split]

    def process(self) -> None:
        """Reads the tables once for all splits."""
        rows = self._rows()
        wanted = np.unique(np.concatenate(list(rows.values())))
        chosen = np.isin(np.arange(self.num_molecules), wanted)
        molecules = read_molecules(self.raw_paths, lambda row: bool(chosen[row]), self._workers)
        bar = tqdm(
            molecules, "QM9Coordinates", len(wanted), unit=" molecules", disable=not self.log
        )
        graphs = [_graph(molecule) for molecule in bar]
        for split, order in rows.items():
            part = [graphs[i] for i in np.searchsorted(wanted, order)]
            self.store(part, osp.join(self.processed_dir, f"{split}.pt"))

    def _rows(self) -> dict[str, np.ndarray]:
        """The rows, from 0, of each split that is written together with the one that is wanted."""
        if self.split == "all":
            rows = {"all": np.arange(self.num_molecules)}
        else:
            shuffled = np.random.RandomState(42).permutation(self.num_molecules)
            ends = [self.num_train, self.num_train + self.num_val]
            rows = dict(zip(SPLITS, np.split(shuffled, ends), strict=True))
        if self.limit is None:
            return rows
        return {
            split: order[evenly_spread(self.limit, len(order)).numpy()]
            for split, order in rows.items()
        }

    def atomref(self, target: int | str) -> Tensor | None:
        r"""The energy of a single atom by its atomic number :math:`(100, 1)`, in eV.

        As of PyG's class: zero for other elements and for ``zpve`` and ``cv``, and :obj:`None` for
        targets that are not sums over atoms.

        Args:
            target (int or str): The property, by its position in PyG's order or its name.
        """
        (column,) = target_columns(target)
        first, last = ENERGIES
        if not first - 1 <= column <= last:
            return None
        energies = torch.zeros(100, 1)
        if first <= column < last:
            for number, values in SINGLE_ATOMS.items():
                energies[number] = values[column - first] * HARTREE
        return energies


def _graph(molecule: Molecule) -> Data:
    z = torch.from_numpy(molecule.z)
    ends = torch.from_numpy(molecule.bonds)
    edge_index = torch.cat([ends, ends.flip(1)]).t()
    order = (edge_index[0] * len(z) + edge_index[1]).argsort()
    edge_index = edge_index[:, order].contiguous()
    # Single, double, triple; PyG's fourth column is for aromatic bonds, which its file has not.
    kinds = torch.from_numpy(molecule.orders).long().repeat(2)[order] - 1
    num_hydrogens = torch.zeros(len(z)).index_add_(
        0, edge_index[1], (z[edge_index[0]] == 1).float()
    )
    elements = F.one_hot((z - 5).clamp(min=0), 5).float()
    zeros = torch.zeros(len(z), 4)
    return Data(
        x=torch.cat([elements, z.float().view(-1, 1), zeros, num_hydrogens.view(-1, 1)], dim=1),
        edge_index=edge_index,
        edge_attr=F.one_hot(kinds, 4).float(),
        y=torch.from_numpy(to_targets(molecule.properties, molecule.z)).view(1, -1),
        pos=torch.from_numpy(molecule.pos).float(),
        z=z,
        smiles=molecule.smiles,
        name=f"gdb_{molecule.number}",
        idx=molecule.number - 1,
    )
