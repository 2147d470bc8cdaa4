"""Random graphs whose class is the family that they are from."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch_geometric.data import Data, InMemoryDataset

from pyg_symm.datasets.random_graphs import FAMILIES, random_graph
from pyg_symm.datasets.splits import SPLITS, check_split
from pyg_symm.utils import check_sizes


class FamilyClasses(InMemoryDataset):
    r"""Random graphs whose class is the family that they are from.

    The families are those of the `"Principal Neighbourhood Aggregation for Graph Nets"
    <https://arxiv.org/abs/2004.05718>`_ paper, with some edges toggled. Classes are equally large.
    Nothing is stored on disk. Each graph has ``x`` :math:`(N, 1)` of ones, ``edge_index``
    :math:`(2, E)` and ``y`` :math:`(1)`.

    Args:
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``, of independent graphs.
            (default: ``"train"``)
        num_graphs (int, optional): The number of graphs of the split. (default: :obj:`500`)
        families (list, optional): Names of families, one for each class.
            (default: three kinds of trees)
        min_nodes (int, optional): The fewest nodes. (default: :obj:`10`)
        max_nodes (int, optional): The most nodes. (default: :obj:`20`)
        seed (int, optional): The graphs are a function of it. (default: :obj:`0`)
        transform (Callable, optional): Applied to a graph at every access.

    Raises:
        ValueError: If there is no such split or family, or a number is too small.

    Examples:
        >>> dataset = FamilyClasses(num_graphs=6)
        >>> dataset.num_classes, dataset.y.tolist()
        (3, [0, 1, 2, 0, 1, 2])
    """

    def __init__(
        self,
        split: str = "train",
        num_graphs: int = 500,
        families: Sequence[str] = ("caterpillar", "lobster", "power_law_tree"),
        min_nodes: int = 10,
        max_nodes: int = 20,
        seed: int = 0,
        transform: Callable | None = None,
    ) -> None:
        check_split(split)
        check_sizes(1, num_graphs=num_graphs)
        if unknown := [name for name in families if name not in FAMILIES]:
            raise ValueError(f"'families' must be some of {list(FAMILIES)} (got {unknown[0]!r})")
        if len(families) < 2:
            raise ValueError(f"'families' must be two or more (got {list(families)})")
        if not 3 <= min_nodes <= max_nodes:
            raise ValueError(f"'min_nodes' must be in 3..{max_nodes} (got {min_nodes})")
        check_sizes(0, seed=seed)
        super().__init__(None, transform)
        rng = np.random.default_rng([seed, SPLITS.index(split)])
        graphs = []
        for i in range(num_graphs):
            num_nodes = int(rng.integers(min_nodes, max_nodes, endpoint=True))
            label = i % len(families)
            edges = np.argwhere(random_graph(num_nodes, families[label], rng)).T
            graphs.append(
                Data(
                    x=torch.ones(num_nodes, 1),
                    edge_index=torch.from_numpy(np.ascontiguousarray(edges)),
                    y=torch.tensor([label]),
                )
            )
        self.data, self.slices = self.collate(graphs)
