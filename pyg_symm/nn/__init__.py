"""Layers and networks built on symmetry."""

from pyg_symm.graphs import EgoPlan

from .affine import GroupConv2d, LiftingConv2d
from .aggr import LCMAggregation, RecurrentAggregation
from .conv import AffinePointConv, LiftingPointConv, PONITAConv, SPENConv, SPENTupleConv
from .linear import EquivariantLinear, MixedOrderLinear
from .models import PONITA, SPEN, GauntMACE
from .resolver import aggregation_resolver
from .tensor_product import GauntConv, GauntManyBody, GauntProduct

__all__ = [
    "PONITA",
    "SPEN",
    "AffinePointConv",
    "EgoPlan",
    "EquivariantLinear",
    "GauntConv",
    "GauntMACE",
    "GauntManyBody",
    "GauntProduct",
    "GroupConv2d",
    "LCMAggregation",
    "LiftingConv2d",
    "LiftingPointConv",
    "MixedOrderLinear",
    "PONITAConv",
    "RecurrentAggregation",
    "SPENConv",
    "SPENTupleConv",
    "aggregation_resolver",
]
