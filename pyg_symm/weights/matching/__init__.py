"""Matching of networks: permutations of units that make them similar."""

from .frank_wolfe import frank_wolfe_matching
from .many import ManyMatch, match_many, merge_many
from .result import Match
from .weight import weight_matching

__all__ = [
    "ManyMatch",
    "Match",
    "frank_wolfe_matching",
    "match_many",
    "merge_many",
    "weight_matching",
]
