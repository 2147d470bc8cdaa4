"""Ragged sets, maps between their rows, random numbers by key, and files."""

from .blocks import BlockOrder, structural_order
from .files import whole_file
from .noise import Noise, symmetric
from .processes import available_processors, batched, parallel_map
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
from .table import markdown_table, text_table
from .tuples import TuplePlan

__all__ = [
    "BlockOrder",
    "Noise",
    "Partition",
    "Permutation",
    "Selection",
    "TuplePlan",
    "available_processors",
    "batched",
    "check_index",
    "check_ptr",
    "evenly_spread",
    "gather_segments",
    "index_to_ptr",
    "markdown_table",
    "parallel_map",
    "ptr_to_index",
    "random_order",
    "rank_within",
    "structural_order",
    "symmetric",
    "text_table",
    "whole_file",
]
