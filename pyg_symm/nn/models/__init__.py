"""Whole networks."""

from .gnn import AggregatorGIN, MultitaskNet, independent_copies
from .set_net import BitEmbedding, SetNet
from .spen import SPEN

__all__ = ["SPEN", "AggregatorGIN", "BitEmbedding", "MultitaskNet", "SetNet", "independent_copies"]
