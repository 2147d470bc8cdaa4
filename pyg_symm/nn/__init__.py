"""Layers and networks built on symmetry."""

from .aggr import LCMAggregation, RecurrentAggregation
from .conv import EgoPlan, SPENConv
from .linear import EquivariantLinear, MixedOrderLinear
from .models import SPEN
from .resolver import aggregation_resolver

__all__ = [
    "SPEN",
    "EgoPlan",
    "EquivariantLinear",
    "LCMAggregation",
    "MixedOrderLinear",
    "RecurrentAggregation",
    "SPENConv",
    "aggregation_resolver",
]
