"""Whole networks."""

from ..resolver import independent_copies as independent_copies
from .baselines import PPGN, AggregatorGIN, MultitaskNet, SetNet
from .baselines import BitEmbedding as BitEmbedding
from .block_denoiser import BlockDenoiser, DenoisingHead
from .block_prefix import Block, Prefix
from .block_size_predictor import BlockLogits, BlockSizePredictor, SizeHead
from .block_trunk import BlockTrunk, Features
from .spen import SPEN

__all__ = [
    "PPGN",
    "SPEN",
    "AggregatorGIN",
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
]
