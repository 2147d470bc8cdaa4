"""Convolutions on graphs, as PyG's."""

from pyg_symm.graphs import EgoPlan

from .spen_conv import SPENConv
from .spen_tuple_conv import SPENTupleConv

__all__ = ["EgoPlan", "SPENConv", "SPENTupleConv"]
