"""Any graphs, as one sparse matrix with a block for each."""

import functools
import itertools
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import networkx as nx
import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch_geometric.data import Batch, Data

#: What functions of this room take: graphs of PyG or networkx, a batch, or one graph.
Graphs: TypeAlias = Iterable[Data | nx.Graph] | Batch | Data | nx.Graph


class GraphSet:
    r"""Undirected simple graphs side by side.

    An edge counts whichever of its directions is there, and once; self loops, features and labels
    do not count.

    Args:
        edge_index (torch.Tensor): Edges :math:`(2, E)`.
        ptr (torch.Tensor): Where each graph begins :math:`(G + 1)`.

    Raises:
        ValueError: If an edge joins two graphs.
    """

    def __init__(self, edge_index: Tensor, ptr: Tensor) -> None:
        self.ptr = ptr.cpu().numpy()
        source, target = edge_index.cpu().numpy()
        if (self._graph_of(source) != self._graph_of(target)).any():
            raise ValueError("'edge_index' must not join nodes of different graphs")
        proper = source != target
        source, target = source[proper], target[proper]
        both = np.concatenate([source, target]), np.concatenate([target, source])
        ones = np.ones(2 * source.size, dtype=np.int64)
        adjacency = csr_array((ones, both), shape=(self.ptr[-1], self.ptr[-1]))
        adjacency.data[:] = 1  # Entries that were there twice have been added up.
        #: All graphs as blocks of one matrix :math:`(N, N)` of zeros and ones, int64.
        self.adjacency = adjacency

    def _graph_of(self, node: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.ptr, node, side="right") - 1

    def __len__(self) -> int:
        return len(self.ptr) - 1

    def __iter__(self) -> Iterator[csr_array]:
        """The adjacency matrix of each graph."""
        for start, end in zip(self.ptr[:-1], self.ptr[1:], strict=True):
            yield self.adjacency[start:end, start:end]

    def __add__(self, other: "GraphSet") -> "GraphSet":
        """The graphs of both."""
        edge_index = torch.cat([self.edge_index, other.edge_index + int(self.ptr[-1])], dim=1)
        ptr = np.concatenate([self.ptr, other.ptr[1:] + self.ptr[-1]])
        return GraphSet(edge_index, torch.from_numpy(ptr))

    def parts(self, num_entries: int = 1 << 18) -> Iterator[csr_array]:
        """The same blocks, some graphs at a time, where whole products would not fit in memory."""
        before = self.adjacency.indptr[self.ptr[:-1]] // num_entries
        cuts = self.ptr[np.flatnonzero(np.diff(before)) + 1]
        for start, end in itertools.pairwise([0, *cuts, self.ptr[-1]]):
            yield self.adjacency[start:end, start:end]

    @functools.cached_property
    def edge_index(self) -> Tensor:
        r"""Both directions of all edges :math:`(2, E)`."""
        return torch.from_numpy(np.stack(self.adjacency.nonzero()).astype(np.int64))

    @functools.cached_property
    def batch(self) -> np.ndarray:
        """The graph of each node :math:`(N)`."""
        return np.repeat(np.arange(len(self)), np.diff(self.ptr))

    def networkx(self) -> list[nx.Graph]:
        """Each graph, for algorithms of networkx, with nodes numbered from 0."""
        return [nx.from_scipy_sparse_array(adjacency) for adjacency in self]


def graph_set(graphs: Graphs | GraphSet, name: str = "graphs") -> GraphSet:
    r"""Reads graphs in any form.

    Args:
        graphs (Graphs or GraphSet): A list, data set or batch of graphs, or one graph.
        name (str, optional): What errors call it. (default: :obj:`"graphs"`)

    Raises:
        ValueError: If it is none of these.

    Examples:
        >>> adjacency = graph_set([nx.path_graph(3), nx.cycle_graph(4)]).adjacency
        >>> adjacency.sum(axis=1)
        array([1, 2, 1, 2, 2, 2, 2])
    """
    if isinstance(graphs, GraphSet):
        return graphs
    if isinstance(graphs, Batch) and graphs.batch is not None:
        sizes = torch.bincount(graphs.batch, minlength=graphs.num_graphs).cpu()
        return GraphSet(_edge_index(graphs, int(sizes.sum()), name), _ptr(sizes))
    each: Iterable = [graphs] if isinstance(graphs, Data | nx.Graph) else graphs
    if not isinstance(each, Iterable) or isinstance(each, Tensor | str):
        raise ValueError(f"'{name}' must be graphs of PyG or networkx (got {type(graphs)})")
    num_nodes_of, edges = [], [torch.empty(2, 0, dtype=torch.long)]
    start = 0
    for graph in each:
        if isinstance(graph, nx.Graph):
            number = {node: i for i, node in enumerate(graph)}
            pairs = [(number[u], number[v]) for u, v in graph.edges()]
            edge_index = torch.tensor(pairs, dtype=torch.long).view(-1, 2).t()
            num_nodes = len(number)
        elif isinstance(graph, Data):
            num_nodes = graph.num_nodes or 0
            edge_index = _edge_index(graph, num_nodes, name)
        else:
            raise ValueError(f"'{name}' must be graphs of PyG or networkx (got {type(graph)})")
        edges.append(edge_index + start)
        num_nodes_of.append(num_nodes)
        start += num_nodes
    return GraphSet(torch.cat(edges, dim=1), _ptr(torch.tensor(num_nodes_of, dtype=torch.long)))


def _edge_index(data: Data, num_nodes: int, name: str) -> Tensor:
    if data.edge_index is None:
        raise ValueError(f"'{name}' has a graph without 'edge_index' (got {data})")
    edge_index = data.edge_index.cpu()
    if ((edge_index < 0) | (edge_index >= num_nodes)).any():
        raise ValueError(
            f"'{name}' has a graph of {num_nodes} nodes with edges of others (got nodes "
            f"{int(edge_index.min())} to {int(edge_index.max())})"
        )
    return edge_index


def _ptr(sizes: Tensor) -> Tensor:
    return torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])
