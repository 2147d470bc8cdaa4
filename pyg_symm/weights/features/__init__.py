"""Units that do the same: how many a network has, and how to merge them."""

from .complexity import FeatureComplexity, feature_complexity
from .groups import assignment
from .layout import unmergeable
from .merging import Merger, MergeResult, merge_features
from .naturality import naturality_error
from .path import Merge, MergePath
from .pruning import prune_features
from .rebuild import resized
from .rules import MergeRule, register_merge_rule

__all__ = [
    "FeatureComplexity",
    "Merge",
    "MergePath",
    "MergeResult",
    "MergeRule",
    "Merger",
    "assignment",
    "feature_complexity",
    "merge_features",
    "naturality_error",
    "prune_features",
    "register_merge_rule",
    "resized",
    "unmergeable",
]
