"""Matching of networks: permutations of units that make them similar."""

from .result import Match
from .weight import weight_matching

__all__ = ["Match", "weight_matching"]
