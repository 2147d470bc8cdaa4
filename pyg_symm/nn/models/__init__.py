"""Whole networks."""

from .gnn import AggregatorGIN, MultitaskNet, independent_copies
from .ppgn import PPGN
from .set_net import BitEmbedding, SetNet
from .spen import SPEN

__all__ = [
    "PPGN",
    "SPEN",
    "AggregatorGIN",
    "BitEmbedding",
    "MultitaskNet",
    "SetNet",
    "independent_copies",
]
