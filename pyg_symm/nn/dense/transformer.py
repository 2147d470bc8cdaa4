"""The higher-order graph transformer: attention and products in turn, causal over blocks."""

from collections.abc import Callable
from typing import NamedTuple, cast

from torch import Tensor, nn

from .attention_masks import AttentionMasks
from .block_product import ProductMasks
from .causal_product import CausalProduct, PairFactors
from .edge_attention import EdgeAttention, NodeTerms
from .layout import BlockLayout, PrefixLayout
from .masked_norm import masked_norm
from .mlp import mlp
from .precision import cast_once


class LayerCache(NamedTuple):
    """What a layer keeps of the finished nodes and pairs of a prefix, if it has such a part."""

    node: NodeTerms | None
    pair: PairFactors | None

    def map(
        self, node: Callable[[Tensor], Tensor], pair: Callable[[Tensor], Tensor] | None = None
    ) -> "LayerCache":
        """Applies functions to all tensors of nodes and of pairs."""
        pair = node if pair is None else pair
        return LayerCache(
            None if self.node is None else NodeTerms(*map(node, self.node)),
            None if self.pair is None else PairFactors(*map(pair, self.pair)),
        )


class BlockTransformer(nn.Module):
    r"""A stack of :class:`EdgeAttention` and :class:`CausalProduct`, in two forms of one function.

    :meth:`forward` computes all blocks of graphs at once, for training; :meth:`step` computes one
    block behind a prefix, whose layers it need not compute again, for generation. Both give the
    same features.

    Args:
        channels (int): Channels :math:`D` of nodes.
        edge_channels (int): Channels :math:`C` of pairs.
        num_layers (int): The number of layers.
        heads (int, optional): Heads of attention. (default: :obj:`8`)
        norm (str, optional): See :func:`~pyg_symm.nn.dense.masked_norm`. (default: ``"layer"``)
        norm_residual (str, optional): See :class:`EdgeAttention`. (default: ``"raw"``)
        scale_products (bool, optional): See :class:`CausalProduct`. (default: :obj:`True`)
        attention (bool, optional): Whether layers have attention. (default: :obj:`True`)
        products (bool, optional): Whether layers have products. (default: :obj:`True`)

    Raises:
        ValueError: If layers are left with nothing, or a name or number is not known.
    """

    def __init__(
        self,
        channels: int,
        edge_channels: int,
        num_layers: int,
        heads: int = 8,
        norm: str = "layer",
        norm_residual: str = "raw",
        scale_products: bool = True,
        attention: bool = True,
        products: bool = True,
    ) -> None:
        super().__init__()
        if norm_residual not in ("raw", "normed"):
            raise ValueError(f"'norm_residual' must be 'raw' or 'normed' (got '{norm_residual}')")
        if not attention and not products:
            raise ValueError("'attention' and 'products' must not both be False")
        if num_layers < 1:
            raise ValueError(f"'num_layers' must be positive (got {num_layers})")
        self.channels = channels
        self.edge_channels = edge_channels
        self.num_layers = num_layers
        self.heads = heads
        self.scale_products = scale_products
        self.gain = 0.5 if norm == "batch" else 1.0
        self.attentions = nn.ModuleList()
        self.products = nn.ModuleList()
        for _ in range(num_layers):
            if attention:
                layer = EdgeAttention(channels, edge_channels, heads, norm, norm_residual)
                self.attentions.append(layer)
            if products:
                product = CausalProduct(edge_channels, norm, norm_residual, scale_products)
                self.products.append(product)
        self.norm = masked_norm(norm, channels)
        self.edge_norm = masked_norm(norm, edge_channels)
        self.mlp = mlp(channels, channels, channels)
        self.edge_mlp = mlp(edge_channels, edge_channels, edge_channels)

    @cast_once
    def forward(self, x: Tensor, e: Tensor, layout: BlockLayout) -> tuple[Tensor, Tensor]:
        r"""Features of all nodes and pairs.

        Args:
            x (torch.Tensor): Features of nodes :math:`(B, P, N, D)`; of one plane, finished nodes,
                or two, finished and noisy ones.
            e (torch.Tensor): Features of pairs :math:`(B, P, N, N, C)`.
            layout (BlockLayout): Who sees whom.
        """
        like = cast(nn.Linear, self.mlp[0]).weight
        x, e = x.to(like.dtype), e.to(like.dtype)
        attention_masks, product_masks = None, None
        if self.attentions:
            attention_masks = AttentionMasks.of(layout, x.size(1), x.dtype)
        if self.products:
            product_masks = ProductMasks.of(layout, x.dtype, self.scale_products)
        for i in range(self.num_layers):
            if self.attentions:
                x, e = self.attentions[i](x, e, layout, attention_masks)
            if self.products:
                e = self.products[i](e, layout, product_masks)
        return self._finish(x, e, layout)

    def step(
        self, x: Tensor, e: Tensor, layout: PrefixLayout, prefix: list[LayerCache]
    ) -> tuple[Tensor, Tensor, list[LayerCache]]:
        r"""Features of one block behind a prefix.

        Args:
            x (torch.Tensor): Features of the block's nodes :math:`(B, b, D)`.
            e (torch.Tensor): Features of its pairs :math:`(B, b, 2N + b, C)`.
            layout (PrefixLayout): Which nodes are there.
            prefix (list): What each layer keeps of the prefix.

        Returns:
            tuple: Features of nodes and pairs, and what each layer would keep of the block.
        """
        kept = []
        for i, cache in enumerate(prefix):
            node, pair = None, None
            if cache.node is not None:
                attention = cast(EdgeAttention, self.attentions[i])
                x, e, node = attention.step(x, e, layout, cache.node)
            if cache.pair is not None:
                e, pair = cast(CausalProduct, self.products[i]).step(e, layout, cache.pair)
            kept.append(LayerCache(node, pair))
        return *self._finish(x, e, layout), kept

    def empty_cache(self, batch_size: int, size: int, like: Tensor) -> list[LayerCache]:
        """What layers keep of prefixes without nodes yet, with room for ``size`` nodes."""
        d, c = self.channels, self.edge_channels

        def layer() -> LayerCache:
            node, pair = None, None
            if self.attentions:
                node = NodeTerms(*(like.new_zeros(batch_size, size, k) for k in (c, c, d)))
            if self.products:
                shape = (batch_size, c, size, size)
                pair = PairFactors(like.new_zeros(shape), like.new_zeros(shape))
            return LayerCache(node, pair)

        return [layer() for _ in range(self.num_layers)]

    def cache_size(self, size: int) -> int:
        """How many numbers layers keep of one graph with room for ``size`` nodes."""
        node = (self.channels + 2 * self.edge_channels) * size if self.attentions else 0
        pair = 2 * self.edge_channels * size**2 if self.products else 0
        return self.num_layers * (node + pair)

    def _finish(
        self, x: Tensor, e: Tensor, layout: BlockLayout | PrefixLayout
    ) -> tuple[Tensor, Tensor]:
        node = layout.node if isinstance(layout, BlockLayout) else layout.block
        return self.mlp(self.norm(x, node)), self.edge_mlp(self.edge_norm(e, layout.pair))

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.channels}, {self.edge_channels}, "
            f"num_layers={self.num_layers}, heads={self.heads})"
        )
