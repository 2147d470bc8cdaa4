"""What PARD's denoiser and block predictor have in common: from classes to features."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.nn.inits import reset

from pyg_symm.diffusion import BlockGraphs
from pyg_symm.nn.dense import BlockLayout, BlockTransformer, LayerCache, PrefixLayout, mlp


def sinusoid(value: Tensor, channels: int, base: float) -> Tensor:
    r"""Sines, then cosines, of a number at frequencies :math:`base^{-2i/C}`, :math:`(\dots, C)`."""
    half = channels // 2
    frequency = base ** (-torch.arange(half, device=value.device) / max(half, 1))
    angle = value.unsqueeze(-1) * frequency.to(value.dtype)
    code = torch.cat([angle.sin(), angle.cos()], dim=-1)
    return nn.functional.pad(code, (0, channels - 2 * half))


def init_parameters(module: nn.Module, gain: float) -> None:
    """Xavier's uniform weights and zero biases of all linear maps and embeddings within."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Embedding):
            nn.init.xavier_uniform_(part.weight, gain=gain)
        if isinstance(part, nn.Linear) and part.bias is not None:
            nn.init.zeros_(part.bias)
        elif not isinstance(part, nn.Embedding) and len(list(part.children())) == 0:
            reset(part)


class Features(NamedTuple):
    """Features of nodes and pairs; shapes as in :class:`~pyg_symm.nn.dense.BlockTransformer`."""

    node: Tensor
    edge: Tensor
    layout: BlockLayout | PrefixLayout


class Block(NamedTuple):
    r"""A block of up to :math:`b` nodes behind a prefix with room for :math:`N`.

    Attributes:
        node: Class of each node :math:`(B, b)`.
        edge: Class of each pair with the prefix, then with the block :math:`(B, b, N + b)`.
        mask: Which nodes are there :math:`(B, b)`.
        degree: Neighbours that each node of the block has, :math:`(B)`.
    """

    node: Tensor
    edge: Tensor
    mask: Tensor
    degree: Tensor


@dataclass
class Prefix:
    r"""Finished blocks of :math:`B` graphs, and what a trunk keeps of them.

    Tensors have room for one node more than asked for: rows that are not there are written to it.

    Attributes:
        block_id: Block of each node :math:`(B, N + 1)`, -1 where there is none.
        count: Nodes of each graph :math:`(B)`.
        num_blocks: Blocks of each graph :math:`(B)`.
        layers: What each layer keeps.
        pooled: What a head keeps of each node :math:`(B, N + 1, \cdot)`.
    """

    block_id: Tensor
    count: Tensor
    num_blocks: Tensor
    layers: list[LayerCache]
    pooled: Tensor

    @property
    def size(self) -> int:
        """The number of nodes there is room for :math:`N`."""
        return self.block_id.size(1) - 1

    def cut(self, size: int) -> "Prefix":
        """A view of the first nodes, when no graph has more."""
        layers = [
            layer.map(lambda part: part[:, :size], lambda part: part[..., :size, :size])
            for layer in self.layers
        ]
        block_id, pooled = self.block_id[:, :size], self.pooled[:, :size]
        return Prefix(block_id, self.count, self.num_blocks, layers, pooled)

    def select(self, rows: Tensor) -> "Prefix":
        """Some of the graphs, copied."""
        layers = [layer.map(lambda part: part[rows]) for layer in self.layers]
        parts = (self.block_id, self.count, self.num_blocks, self.pooled)
        block_id, count, num_blocks, pooled = (part[rows] for part in parts)
        return Prefix(block_id, count, num_blocks, layers, pooled)

    def clear(self, rows: Tensor) -> None:
        """Forgets the graphs of some rows, so that others can take their place."""
        self.block_id[rows] = -1
        self.count[rows] = 0
        self.num_blocks[rows] = 0

    def append(self, kept: list[LayerCache], pooled: Tensor, mask: Tensor) -> None:
        r"""Writes a finished block behind the graphs.

        Args:
            kept (list): What each layer keeps of the block, computed behind the first
                :math:`n \le N` nodes.
            pooled (torch.Tensor): What a head keeps of it :math:`(B, b, \cdot)`.
            mask (torch.Tensor): Which of its nodes to write :math:`(B, b)`.
        """
        rows = torch.arange(mask.size(0), device=mask.device).unsqueeze(1)
        place = self.count.unsqueeze(1) + mask.cumsum(1) - 1
        place = torch.where(mask, place, self.size)
        self.block_id[rows, place] = torch.where(mask, self.num_blocks.unsqueeze(1), -1)
        self.block_id[:, -1] = -1
        # Under autocast, what comes in has half the precision of what is kept.
        self.pooled[rows, place] = pooled.to(self.pooled.dtype)
        for (node, pair), (new_node, new_pair) in zip(self.layers, kept, strict=True):
            if node is not None and new_node is not None:
                for old, new in zip(node, new_node, strict=True):
                    old[rows, place] = new.to(old.dtype)
            if pair is not None and new_pair is not None:
                for old, new in zip(pair, new_pair, strict=True):
                    _write_pairs(old, new, place)
        self.count += mask.sum(1)
        self.num_blocks += mask.any(1)


def _write_pairs(table: Tensor, new: Tensor, place: Tensor) -> None:
    """Rows and columns of a block :math:`(B, C, b, 2, n + b)` into a table :math:`(B, C, N, N)`."""
    new = new.to(table.dtype)
    batch, channels, size = new.shape[:3]
    others = new.size(-1) - size
    b = torch.arange(batch, device=place.device).view(-1, 1, 1, 1)
    c = torch.arange(channels, device=place.device).view(1, -1, 1, 1)
    k = torch.arange(others, device=place.device).view(1, 1, 1, -1)
    row = place.view(batch, 1, size, 1)
    table[b, c, row, k] = new[..., 0, :others]
    table[b, c, k, row] = new[..., 1, :others]
    # Last, since the places of the block itself are also among the others, which are empty there.
    table[b, c, row, row.mT] = new[..., 0, others:]


class BlockTrunk(nn.Module):
    r"""Embeds classes, blocks, degrees and time, and computes features of nodes and pairs.

    Time enters noisy nodes only. Finished ones then depend neither on it nor on later blocks, so
    that they are computed once, whatever is denoised behind them.

    Args:
        num_node_classes (int): Classes of nodes.
        num_edge_classes (int): Classes of pairs, "no edge" included.
        hidden_channels (int, optional): Channels :math:`D` of nodes. (default: :obj:`256`)
        edge_channels (int, optional): Channels :math:`C` of pairs. (default: :obj:`64`)
        num_layers (int, optional): The number of layers. (default: :obj:`8`)
        max_blocks (int, optional): The most blocks of a graph; later ones share a code.
            (default: :obj:`20`)
        max_degree (int, optional): The highest degree of a block, if nodes are told the degree of
            theirs. (default: :obj:`None`)
        timed (bool, optional): Whether noisy nodes are told the time. (default: :obj:`True`)
        block_code (bool, optional): Whether nodes are told the number of their block.
            (default: :obj:`True`)
        relative_code (bool, optional): Whether pairs are told how many blocks they are apart.
            (default: :obj:`True`)
        **kwargs (optional): Further arguments of :class:`~pyg_symm.nn.dense.BlockTransformer`.
    """

    def __init__(
        self,
        num_node_classes: int,
        num_edge_classes: int,
        hidden_channels: int = 256,
        edge_channels: int = 64,
        num_layers: int = 8,
        max_blocks: int = 20,
        max_degree: int | None = None,
        timed: bool = True,
        block_code: bool = True,
        relative_code: bool = True,
        **kwargs,
    ) -> None:
        super().__init__()
        self.num_node_classes = num_node_classes
        self.num_edge_classes = num_edge_classes
        self.hidden_channels = hidden_channels
        self.edge_channels = edge_channels
        self.last_block = max_blocks + 2  # Samples may take some blocks more than any example did.
        self.max_degree = max_degree
        self.node_emb = nn.Embedding(num_node_classes, hidden_channels)
        self.edge_emb = nn.Embedding(num_edge_classes + 1, edge_channels)  # One for the diagonal.
        self.block_emb = nn.Embedding(self.last_block + 1, hidden_channels) if block_code else None
        self.degree_emb = None
        if max_degree is not None:
            self.degree_emb = nn.Embedding(max_degree + 1, hidden_channels)
        self.time_mlp = mlp(hidden_channels, hidden_channels, hidden_channels) if timed else None
        self.relative_mlp = None
        if relative_code:
            self.relative_mlp = mlp(edge_channels, 2 * edge_channels, edge_channels)
        self.layers = BlockTransformer(hidden_channels, edge_channels, num_layers, **kwargs)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws all parameters anew."""
        init_parameters(self, self.layers.gain)

    def forward(
        self,
        graphs: BlockGraphs,
        noisy: tuple[Tensor, Tensor] | None = None,
        time: Tensor | None = None,
    ) -> Features:
        r"""Features of finished nodes, and of noisy ones if these are given.

        Args:
            graphs (BlockGraphs): Clean graphs.
            noisy (tuple, optional): Noisy classes of nodes :math:`(B, N)` and of pairs
                :math:`(B, N, N)`. (default: :obj:`None`)
            time (torch.Tensor, optional): Their time in :math:`[0, 1]`, :math:`(B)`.
        """
        block = graphs.block_id.clamp(0, self.last_block)
        where = self._places(block, graphs.node_degree).unsqueeze(1)
        nodes, edges = [graphs.node], [graphs.edge]
        if noisy is not None:
            nodes.append(noisy[0])
            edges.append(noisy[1])
        x = self.node_emb(torch.stack(nodes, 1)) + where
        if noisy is not None and self.time_mlp is not None and time is not None:
            code = self._time(time)[:, None, None]
            x = torch.cat([x[:, :1], x[:, 1:] + code], dim=1)
        edge = torch.stack(edges, 1)
        eye = torch.eye(edge.size(-1), dtype=torch.bool, device=edge.device)
        e = self.edge_emb(edge.masked_fill(eye, self.num_edge_classes))
        e = e + self._relative(block.unsqueeze(2), block.unsqueeze(1)).unsqueeze(1)
        layout = BlockLayout.of(graphs.block_id)
        x, e = self.layers(x, e, layout)
        return Features(x, e, layout)

    def step(
        self, prefix: Prefix, block: Block, time: Tensor | None = None
    ) -> tuple[Features, list[LayerCache]]:
        r"""Features of one block behind a prefix, noisy if there is a time and else finished.

        Args:
            prefix (Prefix): The finished blocks.
            block (Block): Classes of the block.
            time (torch.Tensor, optional): Time in :math:`[0, 1]`, :math:`(B)`.

        Returns:
            tuple: The features, and what each layer would keep of the block.
        """
        size = block.node.size(1)
        number = prefix.num_blocks.clamp_max(self.last_block).unsqueeze(1)
        number = number.expand_as(block.node)
        x = self.node_emb(block.node) + self._places(number, block.degree.unsqueeze(1))
        if self.time_mlp is not None and time is not None:
            x = x + self._time(time).unsqueeze(1)
        eye = torch.eye(size, dtype=torch.bool, device=x.device)
        own = nn.functional.pad(eye, (block.edge.size(-1) - size, 0))
        e = self.edge_emb(block.edge.masked_fill(own, self.num_edge_classes))
        others = torch.cat([prefix.block_id.clamp(0, self.last_block), number], dim=1)
        e = e + self._relative(number.unsqueeze(2), others.unsqueeze(1))
        layout = PrefixLayout(prefix.block_id >= 0, block.mask)
        both = e.unsqueeze(2).expand(-1, -1, 2, -1, -1)  # Inputs have no direction.
        x, e, kept = self.layers.step(x, both, layout, prefix.layers)
        return Features(x, e, layout), kept

    def prefix(self, batch_size: int, size: int, pooled_channels: int) -> Prefix:
        """Graphs without nodes yet, with room for ``size`` nodes."""
        like = self.node_emb.weight
        return Prefix(
            torch.full((batch_size, size + 1), -1, device=like.device),
            torch.zeros(batch_size, dtype=torch.long, device=like.device),
            torch.zeros(batch_size, dtype=torch.long, device=like.device),
            self.layers.empty_cache(batch_size, size + 1, like),
            like.new_zeros(batch_size, size + 1, pooled_channels),
        )

    def _places(self, block: Tensor, degree: Tensor) -> Tensor:
        """Codes of the block of nodes and of its degree."""
        code = self.node_emb.weight.new_zeros(1, 1, 1)
        if self.block_emb is not None:
            code = code + self.block_emb(block)
        if self.degree_emb is not None:
            code = code + self.degree_emb(degree.clamp_max(self.degree_emb.num_embeddings - 1))
        return code

    def _time(self, time: Tensor) -> Tensor:
        assert self.time_mlp is not None
        # Counted in thousandths, on which the frequencies of the usual code rest.
        value = 1000 * time.to(self.node_emb.weight.dtype)
        return self.time_mlp(sinusoid(value, self.hidden_channels, 10_000.0))

    def _relative(self, row: Tensor, col: Tensor) -> Tensor:
        """Codes of how many blocks two nodes are apart."""
        if self.relative_mlp is None:
            return self.edge_emb.weight.new_zeros(1, 1, 1, 1)
        apart = torch.arange(self.last_block + 1, device=row.device)
        closeness = 1 / (apart + 1).to(self.edge_emb.weight.dtype)
        table = self.relative_mlp(sinusoid(closeness, self.edge_channels, 10.0))
        return nn.functional.embedding((row - col).abs(), table)


class NodePooling(nn.Module):
    r"""Sums up what a node and its pairs know.

    .. math::
        y_p = g\big( W [\, e_{pp} \,\Vert\, \mathrm{mean}_{k: M_{pk}}\, (e_{pk} + e_{kp})/2
            \,\Vert\, x_p \,] \big)

    Args:
        channels (int): Channels :math:`D` of nodes.
        edge_channels (int): Channels :math:`C` of pairs.
    """

    def __init__(self, channels: int, edge_channels: int) -> None:
        super().__init__()
        self.lin = nn.Linear(2 * edge_channels + channels, channels)

    def forward(self, features: Features) -> Tensor:
        """Of all nodes, shaped as those of the features."""
        x, e, layout = features
        if isinstance(layout, BlockLayout):
            diagonal = e.diagonal(dim1=2, dim2=3).movedim(-1, -2)
            seen = layout.seen.to(e.dtype)
            # Two sums as products of matrices: a symmetric copy of all pairs is not needed.
            total = torch.einsum("bpnk,bpnkc->bpnc", seen.expand(-1, e.size(1), -1, -1), e)
            total = total + torch.einsum("bpnk,bpknc->bpnc", seen.expand(-1, e.size(1), -1, -1), e)
            count = seen.sum(-1, keepdim=True)
        else:
            size = x.size(1)
            own = torch.arange(size, device=x.device)
            diagonal = e[:, own, 0, e.size(3) - size + own]
            seen = layout.pair.squeeze(2).to(e.dtype)
            total = torch.einsum("bnk,bndkc->bnc", seen, e)
            count = seen.sum(-1, keepdim=True)
        mean = total / (2 * count.clamp_min(1))
        return nn.functional.silu(self.lin(torch.cat([diagonal, mean, x], dim=-1)))


class MonotoneGate(nn.Module):
    r"""An increasing function from :math:`[0, 1]` to :math:`[0, 1]`.

    A perceptron with non-negative weights: the later a step, the less of it is true.
    """

    def __init__(self, hidden: int = 128) -> None:
        super().__init__()
        self.up = nn.Linear(1, hidden)
        self.down = nn.Linear(hidden, 1)

    def forward(self, value: Tensor) -> Tensor:
        value = value.to(self.up.weight.dtype).unsqueeze(-1)
        # Softplus for the non-linearity: SiLU falls below zero, and with it the sum could too.
        hidden = nn.functional.softplus(
            nn.functional.linear(value, self.up.weight.abs(), self.up.bias)
        )
        out = nn.functional.linear(hidden, self.down.weight.abs(), self.down.bias)
        return out.sigmoid().squeeze(-1)
