"""Isomorphism classes of graphs."""

from collections import defaultdict

import networkx as nx
import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from pyg_symm.graphs import refined_colors

from .graph_set import Graphs, GraphSet, graph_set


def isomorphism_classes(graphs: Graphs | GraphSet, progress: bool = False) -> Tensor:
    r"""Numbers graphs such that two have the same number if and only if they are isomorphic.

    Colour refinement of all graphs together sorts them first; graphs with equal histograms of
    colours are then compared exactly, node against node of the same colour. Labels do not count.

    Args:
        graphs (Graphs): Graphs of PyG or networkx, or a batch.
        progress (bool, optional): Whether to show progress. (default: :obj:`False`)

    Returns:
        torch.Tensor: Numbers :math:`(G)`, long, in the order in which classes appear.

    Examples:
        >>> import networkx as nx
        >>> path = nx.Graph([(2, 0), (0, 1), (1, 3)])
        >>> isomorphism_classes([nx.path_graph(4), nx.star_graph(3), path])
        tensor([0, 1, 0])
    """
    graphs = graph_set(graphs)
    start = torch.zeros(int(graphs.ptr[-1]), dtype=torch.long)
    color = refined_colors(start, graphs.edge_index).numpy()
    buckets: dict[bytes, list[tuple[int, nx.Graph]]] = defaultdict(list)
    classes: list[int] = []
    number = 0
    each = tqdm(graphs, desc="isomorphism", total=len(graphs), disable=not progress)
    for i, adjacency in enumerate(each):
        mine = color[graphs.ptr[i] : graphs.ptr[i + 1]]
        graph = nx.from_scipy_sparse_array(adjacency)
        nx.set_node_attributes(graph, dict(enumerate(mine.tolist())), "color")
        bucket = buckets[np.sort(mine).tobytes()]
        for known, other in bucket:
            # There is one graph without nodes, but networkx says that it is not equal to itself.
            if len(graph) == 0 or nx.vf2pp_is_isomorphic(graph, other, node_label="color"):
                classes.append(known)
                break
        else:
            bucket.append((number, graph))
            classes.append(number)
            number += 1
    return torch.tensor(classes, dtype=torch.long)
