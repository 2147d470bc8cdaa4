"""Large sets of molecules, stored on disk in columns."""

import copy
import os.path as osp
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Batch, Data
from tqdm import tqdm

from pyg_symm.chem import MoleculeVocabulary, Refusals, rdkit_version
from pyg_symm.datasets.columns import (
    Chunk,
    file_names,
    open_columns,
    read_report,
    segments,
    write_columns,
)
from pyg_symm.datasets.conversion import Options, convert
from pyg_symm.datasets.limits import within_limits
from pyg_symm.datasets.processed import ProcessedDataset
from pyg_symm.utils.spread import check_limit, some_of

FORMAT = 2  # Raised when the encoding changes, so that folders of older versions are not read.


class MoleculeDataset(ProcessedDataset):
    r"""The base of sets of molecules for generation.

    Each graph has ``x`` :math:`(N, 1)`, ``edge_index`` :math:`(2, E)` and ``edge_attr`` :math:`(E)`
    as of :func:`~pyg_symm.chem.from_smiles`, and ``block_id`` :math:`(N)` and ``num_blocks`` as of
    :class:`~pyg_symm.transforms.StructuralOrder`. They are stored on disk in columns of bytes,
    about 180 bytes for a molecule of 22 atoms, and only the requested graphs are read. A subclass
    provides its molecules by :meth:`read`.

    Args:
        root (str, optional): Where to keep the data, in a folder with the name of the class.
            (default: :func:`~pyg_symm.datasets.default_root`)
        vocabulary (MoleculeVocabulary): The classes of atoms and bonds.
        max_hops (int, optional): The hops :math:`K` of the structural order. (default: :obj:`3`)
        largest_fragment (bool, optional): Whether to keep the largest fragment of a disconnected
            molecule, which is refused otherwise. (default: :obj:`False`)
        transform (Callable, optional): Applied to a graph at every access.
        workers (int, optional): The number of processes that convert. (default: one a processor)
        force_reload (bool, optional): Whether to process the data again. (default: :obj:`False`)
        limit (int, optional): Convert at most this many molecules, evenly spread. (default: all)

    Attributes:
        refusals (Refusals): How many molecules were refused, for each of
            :data:`~pyg_symm.chem.REASONS`, with examples.
        left_out (dict): How many were left out by each limit of :meth:`within`.
        source (dict): ``"rdkit"``, the version that read the molecules, and what else the set
            knows of where they come from.
    """

    def __init__(
        self,
        root: str | None,
        vocabulary: MoleculeVocabulary,
        max_hops: int = 3,
        largest_fragment: bool = False,
        transform: Callable | None = None,
        workers: int | None = None,
        force_reload: bool = False,
        limit: int | None = None,
    ) -> None:
        check_limit(limit)
        self.limit = limit
        self.vocabulary = vocabulary
        self.max_hops = max_hops
        self.largest_fragment = largest_fragment
        self._workers = workers
        self._mapped: dict[str, np.ndarray] | None = None
        super().__init__(root, transform, force_reload=force_reload)
        report = read_report(self.processed_dir)
        self.refusals = Refusals(**report["refused"])
        self.left_out: dict[str, int] = {}
        self.source: dict[str, Any] = report["source"]
        self._columns  # noqa: B018 (opens the files, to find out at once if one is damaged)

    @property
    def raw_dir(self) -> str:
        """The folder of what is downloaded."""
        return osp.join(self.folder, "raw")

    @property
    def processed_file_names(self) -> list[str]:
        """The columns, and a report on their source."""
        return file_names()

    def arguments(self) -> dict[str, Any]:
        return {
            "vocabulary": self.vocabulary.to_dict(),
            "max_hops": self.max_hops,
            "largest_fragment": self.largest_fragment,
            "format": FORMAT,
            **({} if self.limit is None else {"limit": self.limit}),
        }

    def read(self) -> Iterator[tuple[int, str]]:
        """Yields all molecules with their numbers, in ascending order."""
        raise NotImplementedError

    def read_source(self) -> dict[str, Any]:
        """Describes the source of the molecules."""
        return {}

    def num_rows(self) -> int | None:
        """The number of molecules of :meth:`read`, if it is known beforehand."""
        return None

    def process(self) -> None:
        """Converts all molecules, or those that ``limit`` chooses."""
        options = Options(self.vocabulary, self.max_hops, self.largest_fragment)
        source = {**self.read_source(), "rdkit": rdkit_version()}
        report = {"source": source, "arguments": self.arguments()}
        name = type(self).__name__
        molecules, total = some_of(self.read, self.limit, self.num_rows())
        with tqdm(total=total, desc=name, unit=" molecules", disable=not self.log) as progress:

            def counted() -> Iterator[Chunk]:
                for chunk in convert(molecules, options, self._workers):
                    yield chunk
                    progress.update(chunk.size)

            write_columns(self.processed_dir, counted(), report)

    @property
    def _columns(self) -> dict[str, np.ndarray]:
        if self._mapped is None:
            self._mapped = open_columns(self.processed_dir)
        return self._mapped

    def __getstate__(self) -> dict[str, Any]:
        # A copy in another process maps the files itself; arrays would be copied.
        return {**self.__dict__, "_mapped": None}

    def len(self) -> int:
        return len(self._columns["row"])

    def get(self, idx: int) -> Data:
        tensors, _ = self._gather(np.array([idx]))
        return Data(**{**tensors, "num_blocks": int(tensors["num_blocks"])})

    def batch(self, index: Sequence[int] | np.ndarray | Tensor | slice | None = None) -> Batch:
        r"""Many graphs at once, much faster than one by one.

        It equals :meth:`torch_geometric.data.Batch.from_data_list` of the graphs;
        :obj:`transform` is not applied. For training, let a loader draw the numbers:
        ``torch.utils.data.DataLoader(range(len(dataset)), collate_fn=dataset.batch, ...)``.

        Args:
            index (optional): Which ones of this set, in this order. (default: all)
        """
        chosen = self._chosen(index)
        tensors, ptrs = self._gather(chosen)
        batch = Batch(_base_cls=Data, **tensors)
        nodes, edges = torch.from_numpy(ptrs["atom"]), torch.from_numpy(2 * ptrs["bond"])
        sizes = nodes.diff()
        batch.batch = torch.arange(len(chosen)).repeat_interleave(sizes)
        batch.ptr = nodes
        # PyG needs them to separate a batch into graphs.
        starts = {"x": nodes, "block_id": nodes, "edge_index": edges, "edge_attr": edges}
        starts["num_blocks"] = torch.arange(len(chosen) + 1)
        none = torch.zeros(len(chosen), dtype=torch.long)
        batch._num_graphs = len(chosen)
        batch._slice_dict = {key: starts[key] for key in tensors}
        batch._inc_dict = {key: nodes[:-1] if key == "edge_index" else none for key in tensors}
        return batch

    @property
    def refused(self) -> dict[str, int]:
        """How many molecules were refused, for each of :data:`~pyg_symm.chem.REASONS`."""
        return dict(self.refusals.counts)

    def summary(self) -> str:
        """A sentence with the numbers of molecules that were read, refused and left out."""
        given = len(self._columns["row"]) + len(self.refusals)
        parts = [f"{type(self).__name__}: {self.refusals.summary(given)}"]
        if self.left_out:
            limits = ", ".join(f"{count:,} by {name}" for name, count in self.left_out.items())
            parts.append(f"{sum(self.left_out.values()):,} left out by limits: {limits}")
        return "; ".join([*parts, f"{len(self):,} graphs"])

    def within(self, **limits: int) -> "MoleculeDataset":
        r"""The part of this set whose graphs are within limits, such as those of a model.

        A graph beyond several limits counts for the first one in :attr:`left_out`.

        Args:
            max_nodes (int, optional): Nodes of a graph.
            max_blocks (int, optional): Blocks of a graph.
            max_size (int, optional): Nodes of a block.
            max_degree (int, optional): Neighbours of a node in its own block and those before.

        Raises:
            ValueError: If there is no such limit, or one is not positive.

        Examples:
            >>> part = dataset.within(max_nodes=27, max_blocks=20)  # doctest: +SKIP
            >>> part.left_out  # doctest: +SKIP
            {'max_nodes': 3, 'max_blocks': 1}
        """
        chosen = self._chosen(None)
        inside, beyond = within_limits(self._columns, chosen, limits)
        part = copy.copy(self)
        part._indices = chosen[inside]
        part.left_out = dict(Counter(self.left_out) + Counter(beyond))
        return part

    @property
    def sizes(self) -> Tensor:
        """The number of nodes of each graph :math:`(G)`, without reading the graphs."""
        return torch.from_numpy(self._counts("atom_ptr"))

    @property
    def num_bonds(self) -> Tensor:
        """The number of bonds of each graph :math:`(G)`."""
        return torch.from_numpy(self._counts("bond_ptr"))

    @property
    def num_blocks(self) -> Tensor:
        """The number of blocks of each graph :math:`(G)`."""
        return torch.from_numpy(self._columns["num_blocks"][self._chosen(None)].astype(np.int64))

    @property
    def rows(self) -> Tensor:
        """The number of each molecule in :meth:`read` :math:`(G)`; what is refused is left out."""
        return torch.from_numpy(self._columns["row"][self._chosen(None)].astype(np.int64))

    def smiles(self, idx: int) -> str:
        """The SMILES of a molecule, canonical and without stereochemistry, as it was converted."""
        idx = int(self.indices()[idx])
        begin, end = self._columns["smiles_ptr"][idx : idx + 2].tolist()
        return self._columns["smiles"][begin:end].tobytes().decode()

    def all_smiles(self) -> list[str]:
        """The SMILES of all molecules, as :meth:`smiles`."""
        chosen = self._chosen(None)
        ptr, text = np.asarray(self._columns["smiles_ptr"]), self._columns["smiles"].tobytes()
        ends = zip(ptr[chosen].tolist(), ptr[chosen + 1].tolist(), strict=True)
        return [text[begin:end].decode() for begin, end in ends]

    def _counts(self, name: str) -> np.ndarray:
        return np.diff(self._columns[name])[self._chosen(None)]

    def _chosen(self, index: Any) -> np.ndarray:
        """Positions in the columns of positions in this set."""
        everything = np.asarray(self.indices(), dtype=np.int64)
        return everything if index is None else everything[_index(index)]

    def _gather(self, index: np.ndarray) -> tuple[dict[str, Tensor], dict[str, np.ndarray]]:
        columns = self._columns
        atoms, atom_ptr = segments(columns["atom_ptr"], index)
        which, bond_ptr = segments(columns["bond_ptr"], index)
        bonds = columns["bond"][which].astype(np.int64)
        ends = bonds[:, :2] + np.repeat(atom_ptr[:-1], np.diff(bond_ptr))[:, None]
        row, col = np.concatenate([ends, ends[:, ::-1]]).T
        order = np.argsort(row * len(atoms) + col)
        tensors = {
            "x": columns["atom"][atoms].astype(np.int64)[:, None],
            "edge_index": np.stack([row[order], col[order]]),
            "edge_attr": np.tile(bonds[:, 2], 2)[order],
            "block_id": columns["block_id"][atoms].astype(np.int64),
            "num_blocks": columns["num_blocks"][index].astype(np.int64),
        }
        ptrs = {"atom": atom_ptr, "bond": bond_ptr}
        return {key: torch.from_numpy(value) for key, value in tensors.items()}, ptrs


def _index(index: Any) -> Any:
    return index if isinstance(index, slice) else np.asarray(index)
