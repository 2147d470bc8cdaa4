"""Ragged sets, maps between their rows, random numbers by key, and files."""

from .blocks import BlockOrder, structural_order
from .files import whole_file
from .noise import Noise, symmetric
from .ragged import (
    check_index,
    check_ptr,
    gather_segments,
    index_to_ptr,
    ptr_to_index,
    random_order,
    rank_within,
)
from .rows import Partition, Permutation, Selection
from .spread import evenly_spread
from .tuples import TuplePlan

__all__ = [
    "BlockOrder",
    "Noise",
    "Partition",
    "Permutation",
    "Selection",
    "TuplePlan",
    "check_index",
    "check_ptr",
    "evenly_spread",
    "gather_segments",
    "index_to_ptr",
    "ptr_to_index",
    "random_order",
    "rank_within",
    "structural_order",
    "symmetric",
    "whole_file",
]
