"""Layers and networks built on symmetry."""

from .aggr import LCMAggregation, RecurrentAggregation
from .resolver import aggregation_resolver

__all__ = ["LCMAggregation", "RecurrentAggregation", "aggregation_resolver"]
