"""Convolutions on graphs, as PyG's."""

from pyg_symm.graphs import EgoPlan

from ..tensor_product import GauntConv
from .ponita_conv import PONITAConv
from .spen_conv import SPENConv
from .spen_tuple_conv import SPENTupleConv

__all__ = ["EgoPlan", "GauntConv", "PONITAConv", "SPENConv", "SPENTupleConv"]
