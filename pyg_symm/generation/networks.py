"""The networks of PARD, and how they lay graphs out."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch_geometric.data import Batch, Data

from pyg_symm.diffusion import (
    ConstantSchedule,
    CosineSchedule,
    DiscreteDiffusion,
    ExponentialSchedule,
    LinearSchedule,
)
from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.models import BlockDenoiser, BlockSizePredictor, SizeHead
from pyg_symm.nn.models.pard import init_parameters

from .config import PARDConfig, padded

_SCHEDULES = {
    "cosine": CosineSchedule,
    "linear": LinearSchedule,
    "exponential": ExponentialSchedule,
    "constant": ConstantSchedule,
}


class PARDNetworks(nn.Module):
    r"""The networks of PARD: a denoiser and a block predictor, with the noise processes of nodes
    and pairs.

    :class:`~pyg_symm.generation.PARD` adds the loss, the likelihood and sampling.

    Args:
        config (PARDConfig): All settings.

    Raises:
        ValueError: If a setting is not known or out of range.
    """

    first_size: Tensor

    def __init__(self, config: PARDConfig) -> None:
        super().__init__()
        if config.schedule not in _SCHEDULES:
            raise ValueError(
                f"'schedule' must be one of {sorted(_SCHEDULES)} (got '{config.schedule}')"
            )
        self.config = config
        known = config.statistics
        states = config.num_node_states, config.num_edge_states
        marginals = known.node_marginal, known.edge_marginal
        self.nodes, self.edges = (
            DiscreteDiffusion(
                count,
                _SCHEDULES[config.schedule](config.num_steps),
                padded(marginal, count) if config.prior == "marginal" else None,
            )
            for count, marginal in zip(states, marginals, strict=True)
        )
        common = {"max_blocks": known.max_blocks, **config.network}
        self.denoiser = BlockDenoiser(*states, max_degree=known.max_degree, **common)
        self.own_size_head: SizeHead | None = None
        self.predictor: BlockSizePredictor | None = None
        if config.shared_trunk:
            trunk = self.denoiser.trunk
            self.own_size_head = SizeHead(
                known.max_size, known.max_degree, trunk.hidden_channels, trunk.edge_channels
            )
            init_parameters(self.own_size_head, trunk.layers.gain)
        else:
            self.predictor = BlockSizePredictor(
                *states, known.max_size, known.max_degree, **{**common, **config.predictor}
            )
        size = torch.tensor(known.first_size, dtype=torch.double)
        self.register_buffer("first_size", size / size.sum(), persistent=False)

    @property
    def size_head(self) -> SizeHead:
        """The head that predicts blocks: the predictor's own, unless both share a trunk."""
        if self.predictor is not None:
            return self.predictor.head
        assert self.own_size_head is not None
        return self.own_size_head

    def reset_parameters(self) -> None:
        """Resets all learnable parameters."""
        self.denoiser.reset_parameters()
        if self.predictor is not None:
            self.predictor.reset_parameters()
        else:
            init_parameters(self.size_head, self.denoiser.trunk.layers.gain)

    @property
    def num_steps(self) -> int:
        """Steps :math:`T` of diffusion."""
        return self.nodes.num_steps

    @property
    def max_degree(self) -> int:
        """The highest degree of a block; 0 if degrees are not known."""
        return self.config.statistics.max_degree

    @property
    def state_channels(self) -> int:
        """Channels of what the next size is read from."""
        return (
            self.denoiser.trunk.hidden_channels
            if self.predictor is None
            else self.predictor.trunk.hidden_channels
        )

    def graphs(self, data: Sequence[Data] | Batch | BlockGraphs) -> BlockGraphs:
        r"""Checks graphs and lays them out in the blocks of their structural order.

        Raises:
            ValueError: If a graph has classes, nodes or blocks that the model does not know.
        """
        known = self.config.statistics
        if isinstance(data, BlockGraphs):
            graphs = data
        else:
            graphs = BlockGraphs.from_data(without_blocks(data), known.max_hops)
        found = {
            "nodes": (int(graphs.mask.sum(1).max()), known.max_nodes),
            "classes of nodes": (int(graphs.node.max()) + 1, known.num_node_classes),
            "classes of edges": (int(graphs.edge.max()) + 1, known.num_edge_classes),
            "nodes in a block": (int(graphs.block_size.max()), known.max_size),
            "degree of a block": (int(graphs.block_degree.max()), known.max_degree),
        }
        for name, (value, limit) in found.items():
            if value > limit:
                raise ValueError(
                    f"'data' is not of the kind the model was made for: {name} {value}, at most "
                    f"{limit} known"
                )
        return graphs.to(self.first_size.device)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(\n  denoiser={self.denoiser},\n  "
            f"predictor={self.predictor},\n  num_steps={self.num_steps}, "
            f"max_hops={self.config.statistics.max_hops}\n)"
        )


def without_blocks(data: Sequence[Data] | Batch) -> list[Data]:
    """Copies of graphs that have forgotten in which blocks they were made, or laid out before."""
    graphs = [
        copy.copy(graph) for graph in (data.to_data_list() if isinstance(data, Batch) else data)
    ]
    for graph in graphs:
        graph.pop("block_id", None)
        graph.pop("num_blocks", None)
    return graphs
