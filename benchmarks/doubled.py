"""PARD's denoiser in the plain form of the paper, as a peer of ours in training.

Every graph is doubled, finished nodes before noisy ones, and all :math:`2N \\times 2N` pairs are
computed under masks; products are three matrix products each; batch normalisation gathers the
entries that are there; values of pairs are as wide as nodes.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.dense import mlp
from pyg_symm.nn.models.pard import MonotoneGate, sinusoid


class GatheredBatchNorm(nn.Module):
    """Batch normalisation of the entries of a mask, by index."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        out = torch.zeros_like(x)
        out[mask] = self.norm(x[mask])
        return out


class DoubledLayer(nn.Module):
    """Attention and product on all pairs of the doubled graph."""

    def __init__(self, channels: int, edge_channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.mlp_norm = GatheredBatchNorm(channels), GatheredBatchNorm(channels)
        self.norms = nn.ModuleList(GatheredBatchNorm(edge_channels) for _ in range(3))
        self.lin_node = nn.Linear(channels, 2 * edge_channels + channels)
        self.lin_edge = nn.Linear(edge_channels, 2 * edge_channels)
        self.lin_edge_out = nn.Linear(edge_channels, edge_channels)
        self.lin_weight = nn.Linear(edge_channels, heads)
        self.lin_edge_value = nn.Linear(edge_channels, channels)
        self.lin_out = nn.Linear(channels, channels)
        self.mlp = mlp(channels, 2 * channels, channels)
        self.mlp_left = mlp(2 * edge_channels, edge_channels, edge_channels)
        self.mlp_right = mlp(edge_channels, edge_channels, edge_channels)
        self.product_out = nn.Linear(edge_channels, edge_channels)
        self.edge_mlp = mlp(edge_channels, 2 * edge_channels, edge_channels)

    def forward(
        self, x: Tensor, e: Tensor, node: Tensor, pair: Tensor, seen: Tensor
    ) -> tuple[Tensor, Tensor]:
        c, there = e.size(-1), pair.unsqueeze(-1)
        x, e = self.norm(x, node), self.norms[0](e, pair)
        q, k, v = self.lin_node(x).split([c, c, x.size(-1)], dim=-1)
        edge_query, edge_key = self.lin_edge(e).chunk(2, dim=-1)
        h = q.unsqueeze(2) + k.unsqueeze(1)
        z = F.silu(edge_key + F.silu(h) * edge_query + h) * there
        logits = self.lin_weight(z).masked_fill(~seen.unsqueeze(-1), -1e9)
        a = logits.softmax(2) * seen.unsqueeze(-1)
        value = v.unsqueeze(1) + self.lin_edge_value(z)
        read = (a.unsqueeze(-1) * value.unflatten(-1, (self.heads, -1))).sum(2).flatten(-2)
        x = x + self.lin_out(read)
        x = x + self.mlp(self.mlp_norm(x, node))
        e = e + self.lin_edge_out(z)

        e = self.norms[1](e, pair)
        u = (self.mlp_left(torch.cat([e, e.transpose(1, 2)], -1)) * there).movedim(-1, 1)
        w = (self.mlp_right(e) * there).movedim(-1, 1)
        m = seen.unsqueeze(1).to(e.dtype)
        product = (u * m) @ w + u @ (w * m.mT) - (u * m) @ (w * m.mT)
        e = e + self.product_out(product.movedim(1, -1))
        return x, e + self.edge_mlp(self.norms[2](e, pair))


class DoubledDenoiser(nn.Module):
    """The whole network; called as :class:`~pyg_symm.nn.models.BlockDenoiser` is."""

    def __init__(
        self,
        num_node_classes: int,
        num_edge_classes: int,
        max_degree: int,
        hidden_channels: int = 256,
        edge_channels: int = 64,
        num_layers: int = 8,
        heads: int = 8,
        max_blocks: int = 20,
    ) -> None:
        super().__init__()
        d, c = hidden_channels, edge_channels
        self.num_node_classes, self.num_edge_classes = num_node_classes, num_edge_classes
        self.edge_channels, self.hidden_channels = c, d
        self.node_emb = nn.Embedding(num_node_classes, d)
        self.edge_emb = nn.Embedding(num_edge_classes + 1, c)
        self.block_emb = nn.Embedding(max_blocks + 3, d)
        self.degree_emb = nn.Embedding(max_degree + 1, d)
        self.time_mlp, self.relative_mlp = mlp(d, d, d), mlp(c, 2 * c, c)
        self.layers = nn.ModuleList(DoubledLayer(d, c, heads) for _ in range(num_layers))
        self.norm, self.edge_norm = GatheredBatchNorm(d), GatheredBatchNorm(c)
        self.node_out, self.edge_out = mlp(d, d, d), mlp(c, c, c)
        self.pooling = nn.Linear(2 * c + d, d)
        self.ends, self.pair = nn.Linear(d, 4 * c), nn.Linear(c, 2 * c)
        self.first, self.second = nn.Linear(2 * c, 2 * c), nn.Linear(2 * c, 2 * c)
        self.node_head = nn.Sequential(nn.LayerNorm(d), *mlp(d, d, num_node_classes))
        self.edge_head = nn.Sequential(nn.LayerNorm(2 * c), *mlp(2 * c, c, num_edge_classes))
        self.gates = nn.ModuleList(MonotoneGate() for _ in range(2))

    def forward(
        self, graphs: BlockGraphs, node: Tensor, edge: Tensor, time: Tensor
    ) -> tuple[Tensor, Tensor]:
        n = graphs.node.size(1)
        block = torch.cat([graphs.block_id, graphs.block_id], dim=1)
        noisy = torch.arange(2 * n, device=block.device) >= n
        row, col = block.unsqueeze(2), block.unsqueeze(1)
        alike = noisy.unsqueeze(1) == noisy
        there = block >= 0
        seen = ((row == col) & alike) | ((col < row) & ~noisy)
        seen = seen & there.unsqueeze(1) & there.unsqueeze(2)
        pair = seen | seen.mT

        x = self.node_emb(torch.cat([graphs.node, node], 1)) + self.block_emb(block.clamp_min(0))
        x = x + self.degree_emb(graphs.node_degree).repeat(1, 2, 1)
        code = self.time_mlp(sinusoid(1000 * time, self.hidden_channels, 10_000.0))
        x = x + noisy.unsqueeze(-1) * code.unsqueeze(1)
        whole = torch.cat([torch.cat([graphs.edge, edge], 2), torch.cat([edge, edge], 2)], 1)
        eye = torch.eye(2 * n, dtype=torch.bool, device=block.device)
        e = self.edge_emb(whole.masked_fill(eye, self.num_edge_classes))
        closeness = 1 / (1 + (row - col).abs().to(x.dtype))
        e = e + self.relative_mlp(sinusoid(closeness, self.edge_channels, 10.0))
        for layer in self.layers:
            x, e = layer(x, e, there, pair, seen)
        x, e = self.node_out(self.norm(x, there)), self.edge_out(self.edge_norm(e, pair))

        m = seen.to(x.dtype)
        mean = torch.einsum("bpk,bpkc->bpc", m, e + e.transpose(1, 2)) / 2
        mean = mean / m.sum(-1, keepdim=True).clamp_min(1)
        diagonal = e.diagonal(dim1=1, dim2=2).mT
        y = F.silu(self.pooling(torch.cat([diagonal, mean, x], dim=-1)))
        a, b = self.ends(y).chunk(2, dim=-1)
        s, t = a.unsqueeze(1) + b.unsqueeze(2), self.pair(e)
        out = F.silu(s + t + F.silu(self.first(s)) * F.silu(self.second(t)))
        out = out + out.transpose(1, 2)
        # Pairs of noisy nodes are in the last quarter if both are of one block, else beside it.
        same = (graphs.block_id.unsqueeze(2) == graphs.block_id.unsqueeze(1)).unsqueeze(-1)
        later = (graphs.block_id.unsqueeze(2) > graphs.block_id.unsqueeze(1)).unsqueeze(-1)
        mixed = torch.where(later, out[:, n:, :n], out[:, :n, n:])
        pairs = self.edge_head(torch.where(same, out[:, n:, n:], mixed))
        nodes = self.node_head(y[:, n:])
        nodes = nodes + self.gates[0](1 - time)[:, None, None] * F.one_hot(
            node, self.num_node_classes
        )
        return nodes, pairs + self.gates[1](1 - time)[:, None, None, None] * F.one_hot(
            edge, self.num_edge_classes
        )
