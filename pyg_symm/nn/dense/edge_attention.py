"""Attention between nodes that reads and writes features of pairs."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention_masks import AttentionMasks
from .layout import BlockLayout, PrefixLayout
from .masked_norm import masked_norm
from .mlp import mlp
from .pair_attention import AttendPairs
from .precision import cast_once
from .residual import add_perceptron, stream


class NodeTerms(NamedTuple):
    """What attention needs to know of finished nodes, each :math:`(B, N, \\cdot)`."""

    query: Tensor
    key: Tensor
    value: Tensor


class EdgeAttention(nn.Module):
    r"""Attention of nodes over the nodes they see, with features of pairs at every step.

    With normalised features :math:`x'`, :math:`e'` and SiLU :math:`g`,

    .. math::
        h_{pk} &= q_p + k_k, \quad
        z_{pk} = g\big(e^k_{pk} + g(h_{pk}) \odot e^q_{pk} + h_{pk}\big), \quad
        e_{pk} \gets e_{pk} + W z_{pk}, \\
        x_p &\gets x_p + W \Big\Vert_{\text{heads}} \sum_k a_{pk} (V x'_k + V_e z_{pk}), \quad
        a_{p \cdot} = \mathrm{softmax}_k(W_a z_{pk}),

    followed by a perceptron on nodes; the weights of a node run over what it sees. From
    `"PARD" <https://arxiv.org/abs/2402.03687>`_. The value of a pair is taken after the sum over
    :math:`k`, so that no tensor of pairs is as wide as a node.

    Args:
        channels (int): Channels :math:`D` of nodes.
        edge_channels (int): Channels :math:`C` of pairs.
        heads (int): The number of heads.
        norm (str, optional): See :func:`~pyg_symm.nn.dense.masked_norm`. (default: ``"layer"``)
        norm_residual (str, optional): ``"raw"`` adds updates to features as they come,
            ``"normed"`` to normalised ones, as published models with batch normalisation do.
            (default: ``"raw"``)
    """

    def __init__(
        self,
        channels: int,
        edge_channels: int,
        heads: int,
        norm: str = "layer",
        norm_residual: str = "raw",
    ) -> None:
        super().__init__()
        if channels % heads != 0:
            raise ValueError(f"'heads' must divide {channels} 'channels' (got {heads})")
        self.heads = heads
        self.norm_residual = norm_residual
        self.norm = masked_norm(norm, channels)
        self.edge_norm = masked_norm(norm, edge_channels)
        self.mlp_norm = masked_norm(norm, channels)
        self.lin_node = nn.Linear(channels, 2 * edge_channels + channels)
        self.lin_edge = nn.Linear(edge_channels, 2 * edge_channels)
        self.lin_edge_out = nn.Linear(edge_channels, edge_channels)
        self.lin_weight = nn.Linear(edge_channels, heads)
        self.lin_edge_value = nn.Linear(edge_channels, channels, bias=False)
        self.lin_out = nn.Linear(channels, channels)
        self.mlp = mlp(channels, 2 * channels, channels)

    @cast_once
    def forward(
        self, x: Tensor, e: Tensor, layout: BlockLayout, masks: AttentionMasks | None = None
    ) -> tuple[Tensor, Tensor]:
        r"""Updates all nodes and pairs of graphs.

        Args:
            x (torch.Tensor): Features of nodes :math:`(B, P, N, D)`.
            e (torch.Tensor): Features of pairs :math:`(B, P, N, N, C)`.
            layout (BlockLayout): Who sees whom.
            masks (AttentionMasks, optional): Of that layout, which layers can share.
                (default: :obj:`None`)
        """
        x, e = x.to(self.lin_out.weight.dtype), e.to(self.lin_out.weight.dtype)
        normed, normed_e = self.norm(x, layout.node), self.edge_norm(e, layout.pair)
        if masks is None:
            masks = AttentionMasks.of(layout, x.size(1), x.dtype)
        layers = self.lin_edge, self.lin_edge_out, self.lin_weight
        weights = [part for layer in layers for part in (layer.weight, layer.bias)]
        base = stream(e, normed_e, self.norm_residual)
        e, read = AttendPairs.apply(
            base, normed_e, self.lin_node(normed), *weights, self.lin_edge_value.weight, *masks
        )
        return self._residual(x, normed, self.lin_out(read), layout.node), e

    def step(
        self, x: Tensor, e: Tensor, layout: PrefixLayout, prefix: NodeTerms
    ) -> tuple[Tensor, Tensor, NodeTerms]:
        r"""Updates one block behind a finished prefix.

        Args:
            x (torch.Tensor): Features of the block's nodes :math:`(B, b, D)`.
            e (torch.Tensor): Features of its pairs :math:`(B, b, 2N + b, C)`.
            layout (PrefixLayout): Which nodes are there.
            prefix (NodeTerms): Terms of the prefix in this layer.

        Returns:
            tuple: Features of nodes and pairs, and the block's own terms.
        """
        normed, normed_e = self.norm(x, layout.block), self.edge_norm(e, layout.pair)
        terms = self._terms(normed)
        h = layout.outer(terms.query, terms.key, prefix.query, prefix.key)
        z = self._messages(h, normed_e)
        out = layout.outgoing(z)
        weights = self._weights(out, layout.seen)  # (B, H, b, N + b)
        value = self._split(torch.cat([prefix.value, terms.value], dim=1))
        update = self._update(weights @ value, torch.einsum("bhnk,bnkc->bhnc", weights, out))
        x = self._residual(x, normed, update, layout.block)
        return x, self._edges(e, normed_e, z), terms

    def _terms(self, x: Tensor) -> NodeTerms:
        channels = self.lin_edge.in_features
        return NodeTerms(*self.lin_node(x).split([channels, channels, x.size(-1)], dim=-1))

    def _messages(self, h: Tensor, e: Tensor) -> Tensor:
        edge_query, edge_key = self.lin_edge(e).chunk(2, dim=-1)
        return F.silu(torch.addcmul(edge_key + h, F.silu(h), edge_query))

    def _weights(self, z: Tensor, seen: Tensor) -> Tensor:
        """Attention of each head, zero in the rows of nodes that see nothing."""
        logits = self.lin_weight(z).movedim(-1, -3)
        seen = seen.unsqueeze(-3)
        # A finite fill: rows of padding would turn into NaN.
        return torch.where(seen, logits.masked_fill(~seen, -1e4).softmax(-1), 0).to(z.dtype)

    def _split(self, value: Tensor) -> Tensor:
        return value.unflatten(-1, (self.heads, -1)).transpose(-2, -3)

    def _update(self, read: Tensor, message: Tensor) -> Tensor:
        """Joins the heads: read values :math:`(\\dots, H, n, d)`, messages of pairs
        :math:`(\\dots, H, n, C)`.
        """
        weight = self.lin_edge_value.weight.unflatten(0, (self.heads, -1))  # (H, d, C)
        # Not a product that broadcasts, which would copy the weights for every graph.
        read = read + torch.einsum("...hnc,hdc->...hnd", message, weight)
        return self.lin_out(read.transpose(-2, -3).flatten(-2))

    def _residual(self, x: Tensor, normed: Tensor, update: Tensor, mask: Tensor) -> Tensor:
        x = stream(x, normed, self.norm_residual) + update
        normed = self.mlp_norm(x, mask)
        return add_perceptron(stream(x, normed, self.norm_residual), normed, self.mlp)

    def _edges(self, e: Tensor, normed: Tensor, z: Tensor) -> Tensor:
        return stream(e, normed, self.norm_residual) + self.lin_edge_out(z)
