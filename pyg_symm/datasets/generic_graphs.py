"""Sets of generic graphs, to train and evaluate graph generators."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch_geometric.data import Data, InMemoryDataset
from tqdm import tqdm

from pyg_symm.datasets.graph_families import GENERIC_FAMILIES, Graph, Grid
from pyg_symm.datasets.splits import check_split
from pyg_symm.utils import check_sizes

SPLITS = ("train", "val", "test", "all")


class GenericGraphs(InMemoryDataset):
    r"""Graphs of one family, without labels, as a function of a seed.

    | name | graphs | from |
    | --- | --- | --- |
    | ``"planar"`` | :class:`~.graph_families.Planar`, 200 of 64 nodes | SPECTRE |
    | ``"sbm"`` | :class:`~.graph_families.BlockModel`, 200 of 40 to 200 nodes | SPECTRE |
    | ``"tree"`` | :class:`~.graph_families.Tree`, 200 of 64 nodes | Bergmeister et al. |
    | ``"grid"`` | :class:`~.graph_families.Grid`, 100 of 100 to 361 nodes | GraphRNN, GRAN |
    | ``"grid_small"`` | :class:`~.graph_families.SmallGrid`, 12 of 4 to 20 nodes | GraphRNN |
    | ``"community"`` | :class:`~.graph_families.Community`, 100 of 12 to 20 nodes | GraphRNN |

    They follow the definitions in the papers; the files that the papers used are other samples.
    A fifth of the graphs are for testing, 16% for validation and the rest for training: 128, 32
    and 40 of 200. Each graph has ``x`` :math:`(N, 1)` of zeros and ``edge_attr`` :math:`(E)` of
    ones, both long, ``edge_index`` :math:`(2, E)` with both directions, sorted, and ``num_nodes``.

    Nothing is stored on disk, because generating 200 graphs is faster than checking a cache. Each
    graph depends on the seed and its position only, so a split does not generate the graphs of
    others.

    Args:
        name (str): The family.
        split (str, optional): ``"train"``, ``"val"``, ``"test"`` or ``"all"``.
            (default: :obj:`"train"`)
        num_graphs (int, optional): Graphs in all splits together. (default: as in the papers)
        seed (int, optional): The graphs are a function of it. (default: :obj:`0`)
        transform (Callable, optional): Applied to a graph at every access.
        pre_transform (Callable, optional): Applied to each graph once.
        pre_filter (Callable, optional): Says once of each graph whether to keep it.
        log (bool, optional): Whether to show progress. (default: :obj:`False`)
        **sizes (optional): Arguments of the family, such as ``num_nodes=16``.

    Raises:
        ValueError: If there is no such family, split or size, or if there are fewer grids than
            :obj:`num_graphs`.

    Examples:
        >>> train = GenericGraphs("planar", "train")
        >>> len(train), train[0]
        (128, Data(x=[64, 1], edge_index=[2, ...], edge_attr=[...], num_nodes=64))
        >>> len(GenericGraphs("tree", "test", num_graphs=50, num_nodes=16))
        10
    """

    def __init__(
        self,
        name: str,
        split: str = "train",
        num_graphs: int | None = None,
        seed: int = 0,
        transform: Callable | None = None,
        pre_transform: Callable | None = None,
        pre_filter: Callable | None = None,
        log: bool = False,
        **sizes: Any,
    ) -> None:
        if name not in GENERIC_FAMILIES:
            raise ValueError(f"'name' must be one of {list(GENERIC_FAMILIES)} (got {name!r})")
        check_split(split, SPLITS)
        if num_graphs is not None:
            check_sizes(1, num_graphs=num_graphs)
        check_sizes(0, seed=seed)
        self.name, self.split, self.seed = name, split, seed
        # Configurations have lists where Python has tuples.
        sizes = {key: tuple(v) if isinstance(v, Sequence) else v for key, v in sizes.items()}
        try:
            self.family = GENERIC_FAMILIES[name](**sizes)
        except TypeError as error:
            raise ValueError(f"{name!r} takes no such arguments (got {sizes})") from error
        super().__init__(None, transform, pre_transform, pre_filter, log=log)
        positions = _positions(split, self._total(num_graphs))
        graphs = [_to_data(graph) for graph in self._draw(positions)]
        if pre_filter is not None:
            graphs = [data for data in graphs if pre_filter(data)]
        if pre_transform is not None:
            progress = tqdm(graphs, desc=f"{name} {split}", disable=not log)
            graphs = [pre_transform(data) for data in progress]
        if not graphs:
            raise ValueError(
                f"The split {split!r} has no graphs: 'num_graphs' is too small (got {num_graphs}), "
                "or 'pre_filter' keeps none"
            )
        self.data, self.slices = self.collate(graphs)

    def _total(self, num_graphs: int | None) -> int:
        if not isinstance(self.family, Grid):
            return self.family.num_graphs if num_graphs is None else num_graphs
        if num_graphs is not None and num_graphs > len(self.family):
            raise ValueError(
                f"'num_graphs' must be at most {len(self.family)}, the number of grids with these "
                f"sides (got {num_graphs})"
            )
        return len(self.family) if num_graphs is None else num_graphs

    def _draw(self, positions: range) -> Iterator[Graph]:
        if isinstance(self.family, Grid):
            order = np.random.default_rng(self.seed).permutation(len(self.family))
            yield from (self.family.at(int(order[position])) for position in positions)
        else:
            for position in positions:
                yield self.family(np.random.default_rng([self.seed, position]))


def _positions(split: str, total: int) -> range:
    """Where a split lies: they follow each other, for the graphs have no order."""
    num_test, num_val = round(0.2 * total), round(0.16 * total)
    num_train = total - num_val - num_test
    starts = {"train": 0, "val": num_train, "test": num_train + num_val, "all": 0}
    ends = {"train": num_train, "val": num_train + num_val, "test": total, "all": total}
    return range(starts[split], ends[split])


def _to_data(graph: Graph) -> Data:
    both = np.concatenate([graph.edges, graph.edges[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    return Data(
        x=torch.zeros(graph.num_nodes, 1, dtype=torch.long),
        edge_index=torch.from_numpy(both.T.astype(np.int64)),
        edge_attr=torch.ones(len(both), dtype=torch.long),
        num_nodes=graph.num_nodes,
    )
