"""Whole networks."""

from .block_denoiser import BlockDenoiser, DenoisingHead
from .block_prefix import Block, Prefix
from .block_size_predictor import BlockLogits, BlockSizePredictor, SizeHead
from .block_trunk import BlockTrunk, Features
from .gnn import AggregatorGIN, MultitaskNet, independent_copies
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
