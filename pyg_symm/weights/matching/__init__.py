"""Matching of networks: permutations of units that make them similar."""

from .activation import activation_matching
from .frank_wolfe import frank_wolfe_matching
from .many import ManyMatch, match_many, merge_many
from .result import Match
from .straight_through import straight_through_matching
from .weight import weight_matching

__all__ = [
    "ManyMatch",
    "Match",
    "activation_matching",
    "frank_wolfe_matching",
    "match_many",
    "merge_many",
    "straight_through_matching",
    "weight_matching",
]
