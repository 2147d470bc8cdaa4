"""Whole networks."""

from .gnn import AggregatorGIN, MultitaskNet, independent_copies
from .pard import (
    Block,
    BlockDenoiser,
    BlockLogits,
    BlockSizePredictor,
    BlockTrunk,
    DenoisingHead,
    Features,
    Prefix,
    SizeHead,
)
from .ppgn import PPGN
from .set_net import BitEmbedding, SetNet
from .spen import SPEN

__all__ = [
    "PPGN",
    "SPEN",
    "AggregatorGIN",
    "BitEmbedding",
    "Block",
    "BlockDenoiser",
    "BlockLogits",
    "BlockSizePredictor",
    "BlockTrunk",
    "DenoisingHead",
    "Features",
    "MultitaskNet",
    "Prefix",
    "SetNet",
    "SizeHead",
    "independent_copies",
]
