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
from .features import merge_features, register_merge_rule, unmergeable
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
    "identity",
    "interpolate",
    "inverse",
    "l2_reduction",
    "layer_alignments",
    "merge_features",
    "lego_merge",
    "load_adapter",
    "merge_adapters",
    "mlp_spec",
    "plain_axis",
    "prune_adapter",
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
