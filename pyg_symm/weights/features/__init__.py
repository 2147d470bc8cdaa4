"""Units that do the same: how many a network has, and how to merge them."""

from .groups import assignment
from .layout import unmergeable
from .merging import Merger, MergeResult, merge_features
from .path import Merge, MergePath
from .rules import MergeRule, register_merge_rule

__all__ = [
    "Merge",
    "MergePath",
    "MergeResult",
    "MergeRule",
    "Merger",
    "assignment",
    "merge_features",
    "register_merge_rule",
    "unmergeable",
]
