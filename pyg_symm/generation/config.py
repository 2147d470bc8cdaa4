"""The settings of a generator, and statistics of its data."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symm.graphs import structural_order
from pyg_symm.utils import ptr_to_index


@dataclass(frozen=True)
class GraphStatistics:
    r"""Statistics of the training graphs that a generator needs.

    Attributes:
        num_node_classes: Classes of nodes :math:`F`.
        num_edge_classes: Classes of pairs :math:`C`, "no edge" included.
        max_hops: Hops of the structural order.
        max_nodes: Nodes of the largest graph.
        max_blocks: The most blocks of a graph.
        max_size: The most nodes of a block.
        max_degree: The highest degree of a block.
        first_size: How many graphs have a first block of each size :math:`0, 1, \dots`.
        node_marginal: Share of each class of nodes :math:`(F)`.
        edge_marginal: Share of each class of ordered pairs :math:`(C)`.

    Examples:
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> statistics = GraphStatistics.of([path], num_node_classes=1, num_edge_classes=2)
        >>> statistics.max_blocks, statistics.first_size
        (2, [0, 1])
        >>> [round(share, 3) for share in statistics.edge_marginal]
        [0.333, 0.667]
    """

    num_node_classes: int
    num_edge_classes: int
    max_hops: int
    max_nodes: int
    max_blocks: int
    max_size: int
    max_degree: int
    first_size: list[int]
    node_marginal: list[float]
    edge_marginal: list[float]

    @classmethod
    def of(
        cls,
        data: Iterable[Data | Batch],
        num_node_classes: int,
        num_edge_classes: int,
        max_hops: int = 3,
    ) -> "GraphStatistics":
        r"""Counts graphs one by one, or in batches, which is faster.

        Args:
            data (iterable): Graphs or batches; classes as in
                :meth:`~pyg_symm.diffusion.BlockGraphs.from_data`, blocks too if they have any.
            num_node_classes (int): Classes of nodes.
            num_edge_classes (int): Classes of pairs, "no edge" included.
            max_hops (int, optional): Hops of the structural order. (default: :obj:`3`)

        Raises:
            ValueError: If there are no graphs or one has no nodes, or if there is not one whole
                number for each node or edge, within the given classes.
        """
        node_count = torch.zeros(num_node_classes, dtype=torch.long)
        edge_count = torch.zeros(num_edge_classes, dtype=torch.long)
        first: list[Tensor] = []
        largest = torch.zeros(4, dtype=torch.long)
        for batch in data:
            batch = batch.cpu()
            ptr = batch.ptr if isinstance(batch, Batch) else torch.tensor([0, batch.num_nodes])
            count, owner = ptr.diff(), ptr_to_index(ptr)
            if (count == 0).any():
                raise ValueError(f"'data' has a graph without nodes ({int(count.argmin())})")
            block = batch.get("block_id")
            if block is None:
                block = structural_order(batch.edge_index, ptr, max_hops).block_id
            first.append(torch.bincount(torch.bincount(owner[block == 0])))
            stride = int(block.max()) + 1
            row, col = batch.edge_index
            ends = torch.bincount(row[block[col] <= block[row]], minlength=owner.numel())
            most = [count, block + 1, torch.bincount(owner * stride + block), ends]
            largest = torch.maximum(largest, torch.stack([part.max() for part in most]))
            node_count += _count(batch.x, int(ptr[-1]), num_node_classes, 0, "x")
            edges = _count(batch.edge_attr, batch.num_edges, num_edge_classes, 1, "edge_attr")
            edge_count += edges
            edge_count[0] += int((count * (count - 1)).sum()) - int(edges.sum())
        if not first:
            raise ValueError("'data' holds no graphs")
        histogram = torch.zeros(max(part.numel() for part in first), dtype=torch.long)
        for part in first:
            histogram[: part.numel()] += part
        most_nodes, most_blocks, most_size, most_degree = largest.tolist()
        return cls(
            num_node_classes,
            num_edge_classes,
            max_hops,
            most_nodes,
            most_blocks,
            most_size,
            most_degree if max_hops > 0 else 0,
            histogram.tolist(),
            _shares(node_count),
            _shares(edge_count),
        )


def _count(value: Tensor | None, count: int, num_classes: int, least: int, name: str) -> Tensor:
    if value is None:
        value = torch.full((count,), least)
    if value.is_floating_point() or value.numel() != count:
        raise ValueError(
            f"'{name}' must hold one class for each of {count} (got shape {list(value.shape)} of "
            f"{value.dtype})"
        )
    value = value.reshape(-1)
    if value.numel() > 0 and not least <= int(value.min()) <= int(value.max()) < num_classes:
        raise ValueError(
            f"'{name}' must be in {least}..{num_classes - 1} (got {int(value.min())}.."
            f"{int(value.max())})"
        )
    return torch.bincount(value, minlength=num_classes)


def _shares(count: Tensor) -> list[float]:
    total = int(count.sum())
    # Graphs of single nodes have no pairs at all.
    return (count / total if total > 0 else torch.eye(count.numel())[0]).tolist()


@dataclass(frozen=True)
class PARDConfig:
    r"""The settings of a :class:`~pyg_symm.generation.PARD` generator, all of them plain values.

    Attributes:
        statistics: Statistics of the training graphs.
        num_steps: Steps :math:`T` of diffusion of every block.
        schedule: ``"cosine"``, ``"linear"``, ``"exponential"`` or ``"constant"``.
        prior: The limit of the noise, ``"uniform"`` or ``"marginal"``.
        virtual_class: Whether nodes and pairs have an additional class that only noise has.
        ce_weight: Weight of the cross entropy beside the variational bound.
        shared_trunk: Whether one network serves denoising and block prediction.
        network: Arguments of :class:`~pyg_symm.nn.models.BlockTrunk`.
        predictor: Arguments that differ for the block predictor.
        vocabulary: The atoms and bonds that the classes stand for, for molecules.
    """

    statistics: GraphStatistics
    num_steps: int = 50
    schedule: str = "cosine"
    prior: str = "uniform"
    virtual_class: bool = False
    ce_weight: float = 0.1
    shared_trunk: bool = False
    network: dict[str, Any] = field(default_factory=dict)
    predictor: dict[str, Any] = field(default_factory=dict)
    vocabulary: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.prior not in ("uniform", "marginal"):
            raise ValueError(f"'prior' must be 'uniform' or 'marginal' (got '{self.prior}')")
        if not 0 <= self.ce_weight < math.inf:
            raise ValueError(
                f"'ce_weight' must not be negative, infinite or NaN (got {self.ce_weight})"
            )

    @property
    def num_node_states(self) -> int:
        """The number of node classes in the diffusion, with the additional one."""
        return self.statistics.num_node_classes + self.virtual_class

    @property
    def num_edge_states(self) -> int:
        """The number of pair classes in the diffusion, with the additional one."""
        return self.statistics.num_edge_classes + self.virtual_class

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "PARDConfig":
        r"""Builds the settings from the result of :meth:`to_dict`.

        Raises:
            ValueError: If a setting is missing or not known.
        """
        known, given = {f.name for f in fields(cls)}, set(values)
        if "statistics" not in given or not given <= known:
            raise ValueError(
                f"'config' must have the settings {sorted(known)} (got {sorted(given)})"
            )
        return cls(**{**values, "statistics": GraphStatistics(**values["statistics"])})


def padded(prior: Sequence[float], states: int) -> Tensor:
    """A distribution, padded with classes of probability zero."""
    tensor = torch.tensor(prior, dtype=torch.double)
    return torch.nn.functional.pad(tensor, (0, states - tensor.numel()))
