"""The multi-task benchmark of random graphs on which PNA was introduced."""

import os.path as osp
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data
from tqdm import tqdm

from pyg_symm.datasets.processed import MEND, ProcessedInMemoryDataset
from pyg_symm.datasets.random_graphs import FAMILIES, multitask_labels, random_graph
from pyg_symm.datasets.splits import check_split
from pyg_symm.utils import check_sizes, load_tensors, save_tensors

#: Each split's numbers of nodes, and how many graphs of each.
SPLITS: dict[str, tuple[range, int]] = {
    "train": (range(15, 25), 512),
    "val": (range(15, 20), 128),
    "test": (range(15, 20), 256),
    **{f"{n}-{n + 5}": (range(n, n + 5), 256) for n in (20, 25, 30, 35, 40, 45, 60, 75, 95)},
}


class PNAMultitask(ProcessedInMemoryDataset):
    r"""Random graphs of ten families with three tasks for nodes and three for graphs.

    The benchmark of `"Principal Neighbourhood Aggregation for Graph Nets"
    <https://arxiv.org/abs/2004.05718>`_. Each graph belongs to a random one of the families of
    :mod:`pyg_symm.datasets.random_graphs`; its nodes are shuffled and some edges toggled, and it
    is drawn again, within the family, while a node is isolated. Each node knows whether it is the
    source, a random one of each graph, and a number :math:`v` uniform in 0 to 1. The tasks are

    - ``y_node``: path length from the source; eccentricity;
      :math:`\mathbf{L} v = (\mathbf{D} - \mathbf{A}) v`
    - ``y_graph``: whether the graph is connected; diameter; spectral radius
      :math:`\max_i |\lambda_i(\mathbf{A})|`

    each divided by its largest absolute value in the training split. As in the original generator,
    a node without a path to the source has length 0, and eccentricity and diameter are the largest
    finite lengths. Unlike there, a bipartite graph can be connected too.

    Each graph has ``x`` :math:`(N, 2)`, ``edge_index`` (both directions), ``y_node``
    :math:`(N, 3)`, ``y_graph`` :math:`(1, 3)` and ``family`` :math:`(1)`, a position in
    :obj:`FAMILIES`.

    Args:
        root (str, optional): Where to keep the data, in a folder ``PNAMultitask``.
            (default: :func:`~pyg_symm.datasets.default_root`)
        split (str, optional): ``"train"`` (512 graphs of each size 15 to 24), ``"val"`` (128 of
            each size 15 to 19), ``"test"`` (256 of the same sizes), or one of the larger sizes
            ``"20-25"``, ``"25-30"``, ..., ``"45-50"``, ``"60-65"``, ``"75-80"``, ``"95-100"``
            (256 of each size, without the last). (default: :obj:`"train"`)
        num_graphs_per_size (int, optional): Graphs of each size in place of the numbers above, in
            this split and in the training split that scales it. (default: :obj:`None`)
        seed (int, optional): The graphs are a function of it. (default: :obj:`0`)
        **kwargs (optional): Arguments of :class:`torch_geometric.data.InMemoryDataset`.

    Attributes:
        node_scale (torch.Tensor): The divisors of ``y_node`` :math:`(3)`.
        graph_scale (torch.Tensor): The divisors of ``y_graph`` :math:`(3)`.
    """

    node_tasks = ("shortest_path", "eccentricity", "laplacian")
    graph_tasks = ("connected", "diameter", "spectral_radius")

    def __init__(
        self,
        root: str | None = None,
        split: str = "train",
        num_graphs_per_size: int | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        check_split(split, SPLITS)
        if num_graphs_per_size is not None:
            check_sizes(1, num_graphs_per_size=num_graphs_per_size)
        check_sizes(0, seed=seed)
        self.split, self.num_graphs_per_size, self.seed = split, num_graphs_per_size, seed
        super().__init__(root, **kwargs)
        self.load(self.processed_paths[0])
        self.node_scale, self.graph_scale = load_tensors(self.processed_paths[1], MEND)

    def arguments(self) -> dict[str, Any]:
        # Not the split: all splits share one scale.
        own = {"seed": self.seed, "num_graphs_per_size": self.num_graphs_per_size}
        return {**super().arguments(), **own}

    @property
    def processed_file_names(self) -> list[str]:
        """The split, and the divisors of its labels."""
        return [f"{self.split}.pt", "scale.pt"]

    @property
    def extra_file_names(self) -> list[str]:
        """The training split, whose labels say how to scale those of the others."""
        return ["train.pt"]

    def process(self) -> None:
        """Generates the split, and before it the training split if that has not been done."""
        split_path, scale_path = self.processed_paths
        if self.split == "train" or self.force_reload or not osp.exists(scale_path):
            train = self._generate("train")
            scale = [_largest([data[key] for data in train]) for key in ("y_node", "y_graph")]
            self._save_scaled(train, scale, osp.join(self.processed_dir, "train.pt"))
            save_tensors(scale, scale_path)  # Last: the training split is complete with it.
        if self.split != "train":
            scale = load_tensors(scale_path, MEND)
            self._save_scaled(self._generate(self.split), scale, split_path)

    def _generate(self, split: str) -> list[Data]:
        """The graphs of a split with unscaled labels, from a random stream of its own."""
        rng = np.random.default_rng([self.seed, list(SPLITS).index(split)])
        sizes, count = SPLITS[split]
        count = self.num_graphs_per_size or count
        progress = tqdm(sizes, desc=f"PNAMultitask {split}", disable=not self.log)
        return [data for size in progress for data in _graphs_of_size(size, count, rng)]

    def _save_scaled(self, graphs: list[Data], scale: list[Tensor], path: str) -> None:
        for data in graphs:
            data.y_node, data.y_graph = data.y_node / scale[0], data.y_graph / scale[1]
        self.store(graphs, path)


def _largest(labels: list[Tensor]) -> Tensor:
    largest = torch.cat(labels).abs().amax(dim=0)
    return torch.where(largest > 0, largest, 1.0)  # A few graphs may all be disconnected.


def _graphs_of_size(num_nodes: int, count: int, rng: np.random.Generator) -> Iterator[Data]:
    """Graphs of one size; their labels are computed together."""
    family = rng.choice(len(FAMILIES), count, p=[p for p, _ in FAMILIES.values()])
    adj = np.stack([random_graph(num_nodes, list(FAMILIES)[i], rng) for i in family])
    values = rng.random((count, num_nodes))
    source = rng.integers(num_nodes, size=count)
    y_node, y_graph = multitask_labels(adj, values, source)
    for i in range(count):
        is_source = np.arange(num_nodes) == source[i]
        yield Data(
            x=torch.from_numpy(np.stack([is_source, values[i]], axis=1)).float(),
            edge_index=torch.from_numpy(np.stack(adj[i].nonzero())),
            y_node=torch.from_numpy(y_node[i]).float(),
            y_graph=torch.from_numpy(y_graph[i]).float().view(1, -1),
            family=torch.tensor([family[i]]),
        )
