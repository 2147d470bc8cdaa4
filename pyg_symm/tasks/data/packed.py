"""Graphs packed into few tensors, and batches that are cut out of them without a loop."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data, InMemoryDataset
from torch_geometric.data.collate import collate

from pyg_symm.utils import gather_segments, ptr_to_index


class PackedGraphs:
    r"""Graphs, attribute by attribute, one behind the other.

    Cutting a batch costs a few gathers, however many graphs it has; PyG's loader collates graph by
    graph, which takes longer than a training step of a small network on small graphs.

    Args:
        graphs (Sequence[Data]): The graphs, all with the same attributes.

    Raises:
        ValueError: If there is no graph.

    Examples:
        >>> graphs = [Data(pos=torch.full((n, 3), float(n))) for n in (1, 2, 3)]
        >>> batch = PackedGraphs(graphs).batch(torch.tensor([2, 0]))
        >>> batch.pos[:, 0], batch.batch
        (tensor([3., 3., 3., 1.]), tensor([0, 0, 0, 1]))
    """

    def __init__(self, graphs: Sequence[Data]) -> None:
        if len(graphs) == 0:
            raise ValueError("'graphs' must not be empty")
        whole, slices, sizes = _in_memory(graphs) or _collated(graphs)
        self.ptr = _boundaries(sizes)  # Pointers stay on the CPU: no batch waits for a device.
        self.edge_ptr: Tensor | None = slices.get("edge_index")
        self.node: dict[str, Tensor] = {}
        self.edge: dict[str, Tensor] = {}
        self.graph: dict[str, Tensor] = {}
        for name, value in whole.to_dict().items():
            if torch.is_tensor(value):
                self._home(name, slices[name])[name] = value

    def _home(self, name: str, slices: Tensor) -> dict[str, Tensor]:
        """Where an attribute belongs, by the number of its rows in each graph."""
        if "edge" in name and self.edge_ptr is not None and torch.equal(slices, self.edge_ptr):
            return self.edge
        if torch.equal(slices, self.ptr):
            return self.node
        if torch.equal(slices, torch.arange(len(self) + 1)):
            return self.graph
        raise ValueError(f"'{name}' must have one row a node, an edge or a graph")

    def __len__(self) -> int:
        return self.ptr.numel() - 1

    def __contains__(self, name: str) -> bool:
        return name in self.node or name in self.graph or name in self.edge

    def __getitem__(self, name: str) -> Tensor:
        """An attribute of all graphs."""
        return next(home[name] for home in (self.node, self.graph, self.edge) if name in home)

    @property
    def sizes(self) -> Tensor:
        """Nodes of each graph :math:`(G)`."""
        return self.ptr.diff()

    @property
    def index(self) -> Tensor:
        """The graph of each node :math:`(N)`."""
        return ptr_to_index(self.ptr)

    def take(self, index: Tensor) -> "PackedGraphs":
        """Some of the graphs."""
        out = object.__new__(PackedGraphs)
        _, nodes = gather_segments(self.ptr, index)
        out.ptr, out.edge_ptr, out.edge = _boundaries(self.sizes[index]), None, {}
        out.node = {name: _rows(value, nodes) for name, value in self.node.items()}
        out.graph = {name: _rows(value, index) for name, value in self.graph.items()}
        if self.edge_ptr is not None:
            _, edges = gather_segments(self.edge_ptr, index)
            out.edge_ptr = _boundaries(self.edge_ptr.diff()[index])
            for name, value in self.edge.items():
                out.edge[name] = _rows(value, edges, dim=1 if name == "edge_index" else 0)
        return out

    def to(self, device: str | torch.device) -> "PackedGraphs":
        """The graphs on another device."""
        out = object.__new__(PackedGraphs)
        out.ptr, out.edge_ptr = self.ptr, self.edge_ptr
        for home in ("node", "edge", "graph"):
            setattr(out, home, {k: v.to(device) for k, v in getattr(self, home).items()})
        return out

    def batch(self, index: Tensor) -> Batch:
        r"""Some of the graphs as PyG batches them.

        Args:
            index (torch.Tensor): Which graphs, on the CPU :math:`(B)`.
        """
        part = self.take(index)
        device = next(iter((self.node or self.graph).values())).device
        owner = ptr_to_index(part.ptr)
        out = Batch(batch=_moved(owner, device), ptr=_moved(part.ptr, device))
        out.update({**part.node, **part.graph, **part.edge})
        if part.edge_ptr is not None:
            shift = part.ptr[ptr_to_index(part.edge_ptr)]
            out.edge_index = out.edge_index + _moved(shift, device)
        return out


def _collated(graphs: Sequence[Data]) -> tuple[Data, Mapping[str, Tensor], Tensor]:
    """All attributes, where each graph begins in them, and the numbers of nodes."""
    items = [graphs[i] for i in range(len(graphs))]
    whole, slices, _ = collate(Data, items, increment=False, add_batch=False)
    return whole, slices, torch.tensor([data.num_nodes for data in items])


def _in_memory(graphs: Any) -> tuple[Data, Mapping[str, Tensor], Tensor] | None:
    """The same of a data set that keeps its graphs like this, so that none is taken out."""
    if not isinstance(graphs, InMemoryDataset) or type(graphs).get is not InMemoryDataset.get:
        return None
    slices = graphs.slices
    if slices is None or "pos" not in slices:
        return None
    if graphs.transform is not None or graphs._indices is not None:  # Another order, or a part.
        return None
    return graphs._data, slices, slices["pos"].diff()


def _boundaries(sizes: Tensor) -> Tensor:
    return torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])


def _rows(value: Tensor, index: Tensor, dim: int = 0) -> Tensor:
    return value.index_select(dim, _moved(index, value.device))


def _moved(index: Tensor, device: torch.device) -> Tensor:
    """On the device, without waiting for it."""
    if device.type == "cuda" and not index.is_cuda:
        return index.pin_memory().to(device, non_blocking=True)
    return index.to(device)


class PackedBatches:
    r"""A loader of batches of packed graphs.

    Args:
        graphs (PackedGraphs): The graphs.
        batch_size (int): The number of graphs in a batch.
        order (iterable, optional): Numbers of graphs, iterated over once an epoch.
            (default: all, in their order)
        transform (Callable, optional): Applied to every batch.
    """

    def __init__(
        self,
        graphs: PackedGraphs,
        batch_size: int,
        order: Iterable[int] | None = None,
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.graphs = graphs
        self.batch_size = batch_size
        self.order = order
        self.transform = transform

    def __len__(self) -> int:
        return -(-len(self.graphs) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        order = range(len(self.graphs)) if self.order is None else self.order
        for index in torch.tensor(list(order)).split(self.batch_size):
            batch = self.graphs.batch(index)
            yield batch if self.transform is None else self.transform(batch)
