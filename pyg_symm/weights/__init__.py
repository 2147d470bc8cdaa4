"""Symmetries of weights: networks that are the same up to a renumbering of their units."""

from .axes import Atom, Axis, axis_index, axis_size, plain_axis
from .connectivity import (
    Barrier,
    average,
    barrier,
    dominant_input_share,
    draw_barriers,
    interpolate,
    l2_reduction,
    layer_alignments,
    recalibrate,
    repair,
    singular_alignment,
    taylor_barrier,
)
from .declare import declare_spec, mlp_spec, resnet_spec
from .features import (
    feature_complexity,
    merge_features,
    naturality_error,
    prune_features,
    register_merge_rule,
    unmergeable,
)
from .heads import HeadGroup
from .lora import (
    Adapter,
    concat_adapters,
    lego_merge,
    load_adapter,
    merge_adapters,
    prune_adapter,
    save_adapter,
    svd_merge,
)
from .matching import Match, weight_matching
from .permutations import Permutation, compose, identity, inverse
from .spec import Occurrence, PermutationSpec

__all__ = [
    "Adapter",
    "Atom",
    "Axis",
    "Barrier",
    "HeadGroup",
    "Match",
    "Occurrence",
    "Permutation",
    "PermutationSpec",
    "average",
    "axis_index",
    "axis_size",
    "barrier",
    "compose",
    "concat_adapters",
    "declare_spec",
    "dominant_input_share",
    "draw_barriers",
    "feature_complexity",
    "identity",
    "interpolate",
    "inverse",
    "l2_reduction",
    "layer_alignments",
    "lego_merge",
    "load_adapter",
    "merge_adapters",
    "merge_features",
    "mlp_spec",
    "naturality_error",
    "plain_axis",
    "prune_adapter",
    "prune_features",
    "recalibrate",
    "register_merge_rule",
    "repair",
    "resnet_spec",
    "save_adapter",
    "singular_alignment",
    "svd_merge",
    "taylor_barrier",
    "unmergeable",
    "weight_matching",
]
