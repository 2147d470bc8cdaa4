"""Layers and networks built on symmetry."""

from pyg_symm.graphs import EgoPlan

from .aggr import LCMAggregation, RecurrentAggregation
from .conv import SPENConv, SPENTupleConv
from .linear import EquivariantLinear, MixedOrderLinear
from .models import SPEN
from .resolver import aggregation_resolver
from .tensor_product import GauntProduct

__all__ = [
    "SPEN",
    "EgoPlan",
    "EquivariantLinear",
    "GauntProduct",
    "LCMAggregation",
    "MixedOrderLinear",
    "RecurrentAggregation",
    "SPENConv",
    "SPENTupleConv",
    "aggregation_resolver",
]
