"""Blocks of networks on all pairs of nodes, padded, causal over blocks of nodes."""

from .causal_product import CausalProduct
from .edge_attention import EdgeAttention
from .layout import BlockLayout, PrefixLayout, split_pairs
from .masked_norm import MaskedBatchNorm, masked_norm
from .mlp import mlp
from .precision import cast_once, look_up
from .transformer import BlockTransformer, LayerCache

__all__ = [
    "BlockLayout",
    "BlockTransformer",
    "CausalProduct",
    "EdgeAttention",
    "LayerCache",
    "MaskedBatchNorm",
    "PrefixLayout",
    "cast_once",
    "look_up",
    "masked_norm",
    "mlp",
    "split_pairs",
]
