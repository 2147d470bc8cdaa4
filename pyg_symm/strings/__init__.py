"""Strings of letters: Hamming distances of patterns at all places of texts."""

from .cyclic import cyclic_hamming
from .distances import hamming_distances
from .index import HammingIndex
from .matches import hamming_matches
from .plan import Plan, hamming_plan
from .sketch import hamming_sketch
from .soft import soft_hamming

__all__ = [
    "HammingIndex",
    "Plan",
    "cyclic_hamming",
    "hamming_distances",
    "hamming_matches",
    "hamming_plan",
    "hamming_sketch",
    "soft_hamming",
]
