"""Floor 0: ragged sets, their nodes and pairs, and maps between rows."""

from .blocks import BlockOrder, structural_order
from .files import whole_file
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
    "text_table",
    "whole_file",
]
