"""PARD's networks: a trunk on nodes and pairs in blocks, and two heads."""

from .denoiser import BlockDenoiser, DenoisingHead
from .init import init_parameters
from .network import BlockNetwork, Grown
from .prefix import Block, Prefix
from .readout import MonotoneGate, NodePooling
from .size_predictor import BlockLogits, BlockSizePredictor, SizeHead
from .trunk import BlockTrunk, Features, sinusoid

__all__ = [
    "Block",
    "BlockDenoiser",
    "BlockLogits",
    "BlockNetwork",
    "BlockSizePredictor",
    "BlockTrunk",
    "DenoisingHead",
    "Features",
    "Grown",
    "MonotoneGate",
    "NodePooling",
    "Prefix",
    "SizeHead",
    "init_parameters",
    "sinusoid",
]
