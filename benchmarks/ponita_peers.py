"""Peers of PONITA: the published layer written down plainly, and networks of positions alone."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.nn import MessagePassing, SchNet
from torch_geometric.utils import add_self_loops, scatter

from pyg_symm.groups import bundle_invariants, position_invariants
from pyg_symm.nn import PONITA


class PlainConv(MessagePassing):
    """The published convolution: a kernel for every edge, and a message for every edge."""

    def __init__(self) -> None:
        super().__init__(aggr="add", node_dim=0)

    def forward(self, x: Tensor, edge_index: Tensor, kernel: Tensor) -> Tensor:
        return self.propagate(edge_index, x=x, kernel=kernel)

    def message(self, x_j: Tensor, kernel: Tensor) -> Tensor:
        return x_j * kernel


class PlainPONITA(torch.nn.Module):
    """The published network, step by step, with the weights of one of ours.

    Basis functions of all edges, loops and pairs of orientations are computed once. Every layer
    multiplies them by its weights, without regard to which of them are equal.
    """

    def __init__(self, model: PONITA) -> None:
        super().__init__()
        self.model = model
        self.conv = PlainConv()

    def forward(
        self, x: Tensor, pos: Tensor, edge_index: Tensor, batch: Tensor, vec: Tensor
    ) -> tuple[Tensor, Tensor]:
        model, grid = self.model, self.model.space.grid
        points, weights = grid.points.to(pos.dtype), grid.weights.to(pos.dtype)
        edge_index, _ = add_self_loops(edge_index, num_nodes=pos.size(0))
        # Ours, as those of the paper have no gradient at the loops.
        attributes = bundle_invariants(pos, edge_index, points)
        space = self._basis(model.kernels.pairs, attributes)
        distance = position_invariants(pos, edge_index).unsqueeze(-1)
        space = space * model.kernels.pairs.window(distance)
        fibre = self._basis(model.kernels.fibre, (points @ points.T).unsqueeze(-1))
        h = x.unsqueeze(1).expand(-1, grid.num, -1)
        h = model.embed(torch.cat([h, torch.einsum("nvd,od->nov", vec, points)], dim=-1))
        reads = []
        for block in model.stack.blocks:
            g = self.conv(h, edge_index, block.conv.lin_space(space))
            kernel = block.conv.lin_fibre(fibre)
            g = torch.einsum("noc,poc,o->npc", g, kernel, weights) + block.conv.bias
            g = block.mlp.lin2(F.gelu(block.mlp.lin1(block.mlp.norm(g))))
            h = h + (g if block.scale is None else block.scale * g)
            reads.append(h)
        readouts = model.stack.readouts
        y = sum(lin(h) for lin, h in zip(readouts, reads[-len(readouts) :], strict=True))
        y = y / len(readouts)
        scalars = torch.einsum("nok,o->nk", y[..., : model.out_channels], weights)
        vectors = torch.einsum("nok,o,od->nkd", y[..., model.out_channels :], weights, points)
        if model.pool is None:
            return scalars, vectors
        return (
            scatter(scalars, batch, dim=0, reduce=model.pool),
            scatter(vectors, batch, dim=0, reduce=model.pool),
        )

    @staticmethod
    def _basis(basis: torch.nn.Module, attributes: Tensor) -> Tensor:
        powers = [attributes]
        for _ in range(basis.features.degree - 1):
            powers.append((powers[-1].unsqueeze(-1) * attributes.unsqueeze(-2)).flatten(-2))
        features = torch.cat(powers, dim=-1)
        return F.gelu(basis.lin2(F.gelu(basis.lin1(features))))


class PlainSchNet(torch.nn.Module):
    """PyG's SchNet on given edges."""

    def __init__(self, channels: int, num_layers: int, cutoff: float) -> None:
        super().__init__()
        self.edge_index = torch.empty(2, 0, dtype=torch.long)
        self.net = SchNet(
            hidden_channels=channels,
            num_filters=channels,
            num_interactions=num_layers,
            cutoff=cutoff,
            interaction_graph=self._edges,
        )

    def _edges(self, pos: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
        source, target = self.edge_index
        return self.edge_index, (pos[source] - pos[target]).norm(dim=-1)

    def forward(
        self, x: Tensor, pos: Tensor, edge_index: Tensor, batch: Tensor, vec: Tensor
    ) -> tuple[Tensor, Tensor]:
        self.edge_index = edge_index
        kinds = batch.new_ones(pos.size(0))
        return self.net(kinds, pos, batch), pos.new_zeros(0)
