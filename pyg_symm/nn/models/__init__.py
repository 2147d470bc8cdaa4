"""Whole networks."""

from .gnn import AggregatorGIN, MultitaskNet, independent_copies
from .set_net import BitEmbedding, SetNet

__all__ = ["AggregatorGIN", "BitEmbedding", "MultitaskNet", "SetNet", "independent_copies"]
