"""Graphs that live on one device as padded bytes, and batches that are cut out of them there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.graphs import BlockGraphs

from .block_graph_set import BlockGraphSet

_CHUNK = 8192  # Graphs that are laid out together.
_SHARE = 0.5  # Of the free memory of a device, what graphs may take at most.


@dataclass(frozen=True, eq=False)
class ResidentGraphs:
    r"""Padded graphs in one byte an entry, all :math:`G` of them on one device.

    All of MOSES takes 1.3 GB. The sizes of graphs are known on the CPU, so that the shape of a
    batch is known without waiting for the device.

    Attributes:
        node: Class of each node :math:`(G, N)`.
        edge: Class of each pair :math:`(G, N, N)`.
        block_id: Block of each node :math:`(G, N)`, -1 on padding.
        block_size: Nodes of each block :math:`(G, M)`.
        block_degree: Neighbours that each of its nodes has up to its block :math:`(G, M)`.
        sizes: Nodes of each graph, on the CPU :math:`(G)`.
        num_blocks: Blocks of each graph, on the CPU :math:`(G)`.
    """

    node: Tensor
    edge: Tensor
    block_id: Tensor
    block_size: Tensor
    block_degree: Tensor
    sizes: Tensor
    num_blocks: Tensor

    @classmethod
    def of(cls, graphs: BlockGraphSet, device: str | torch.device) -> "ResidentGraphs":
        """Lays out graphs on a device."""
        starts = range(0, len(graphs), _CHUNK)
        parts = (graphs[range(i, min(i + _CHUNK, len(graphs)))] for i in starts)
        return cls.join(parts, int(graphs.sizes.max()), device)

    @classmethod
    def join(
        cls, parts: Iterable[BlockGraphs], size: int, device: str | torch.device
    ) -> "ResidentGraphs":
        r"""Joins batches of graphs.

        Args:
            parts (iterable): The batches.
            size (int): The number of nodes of the largest graph :math:`N`.
            device (str or torch.device): Where to put them.

        Raises:
            ValueError: If classes or blocks do not fit into a byte.
        """
        done: list[list[Tensor]] = []
        for part in parts:
            sizes, num_blocks = part.mask.sum(1).cpu(), part.num_blocks.cpu()
            _check_bytes(part)
            rest = size - part.node.size(1)
            node = F.pad(part.node, (0, rest))[:, :size]
            edge = F.pad(part.edge, (0, rest, 0, rest))[:, :size, :size]
            block_id = F.pad(part.block_id, (0, rest), value=-1)[:, :size]
            small = [node.to(torch.uint8), edge.to(torch.uint8), block_id.to(torch.int16)]
            small += [part.block_size.to(torch.uint8), part.block_degree.to(torch.uint8)]
            done.append([*(tensor.to(device) for tensor in small), sizes, num_blocks])
        blocks = max(int(part[-1].max()) for part in done)
        for tensors in done:
            for i in (3, 4):
                tensors[i] = F.pad(tensors[i], (0, blocks - tensors[i].size(1)))[:, :blocks]
        return cls(*(torch.cat(tensors) for tensors in zip(*done, strict=True)))

    def __len__(self) -> int:
        return self.sizes.numel()

    @property
    def num_bytes(self) -> int:
        """Bytes on the device."""
        tensors = [getattr(self, field.name) for field in fields(self)[:5]]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def batch(self, index: Sequence[int] | Tensor, shapes: Sequence[int] = ()) -> BlockGraphs:
        r"""Some of the graphs, as :meth:`BlockGraphs.from_data` lays them out.

        Args:
            index (list or torch.Tensor): Which graphs, on the CPU.
            shapes (list, optional): Numbers of nodes to pad to, ascending: the next that suffices.
                All batches then have places for all blocks. (default: no more than is needed)
        """
        index = torch.as_tensor(index)
        n, m = int(self.sizes[index].max()), int(self.num_blocks[index].max())
        if shapes:
            n, m = next(size for size in shapes if size >= n), self.block_size.size(1)
        if self.node.is_cuda:
            index = index.pin_memory().to(self.node.device, non_blocking=True)
        return BlockGraphs(
            self.node[index, :n].long(),
            self.edge[index, :n, :n].long(),
            self.block_id[index, :n].long(),
            self.block_size[index, :m].long(),
            self.block_degree[index, :m].long(),
        )

    def few_shapes(self, count: int) -> list[int]:
        """So many numbers of nodes to pad to: even quantiles of the sizes, the largest included."""
        shares = torch.arange(1, count + 1).double() / count
        places = (shares * len(self)).ceil().long() - 1
        return self.sizes.sort().values[places].unique().tolist()


def _check_bytes(graphs: BlockGraphs) -> None:
    for name in ("node", "edge", "block_size", "block_degree"):
        largest = int(getattr(graphs, name).max())
        if largest > 255:
            raise ValueError(f"'{name}' must be at most 255 to fit into a byte (got {largest})")


class ResidentBatches:
    r"""A loader of batches of resident graphs.

    Args:
        graphs (ResidentGraphs): The graphs.
        order (iterable): The graphs of each batch; iterated over once an epoch.
        shapes (list, optional): See :meth:`ResidentGraphs.batch`. (default: as needed)
    """

    def __init__(
        self, graphs: ResidentGraphs, order: Iterable[Sequence[int]], shapes: Sequence[int] = ()
    ) -> None:
        self.graphs = graphs
        self.order = order
        self.shapes = shapes

    def __len__(self) -> int:
        return len(self.order)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[BlockGraphs]:
        for index in self.order:
            yield self.graphs.batch(index, self.shapes)


def fitting_device(graphs: BlockGraphSet, device: torch.device) -> torch.device | None:
    """The device if graphs fit into half of its free memory, and it is not the CPU."""
    if device.type != "cuda":
        return None
    most, free = int(graphs.sizes.max()), torch.cuda.mem_get_info(device)[0]
    return device if len(graphs) * (most**2 + 5 * most) <= _SHARE * free else None
