"""Convolutions on graphs, as PyG's."""

from pyg_symm.graphs import EgoPlan

from ..tensor_product import GauntConv
from .affine_point_conv import AffinePointConv
from .lifting_point_conv import LiftingPointConv
from .ponita_conv import PONITAConv
from .spen_conv import SPENConv
from .spen_tuple_conv import SPENTupleConv

__all__ = [
    "AffinePointConv",
    "EgoPlan",
    "GauntConv",
    "LiftingPointConv",
    "PONITAConv",
    "SPENConv",
    "SPENTupleConv",
]
