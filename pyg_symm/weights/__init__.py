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
from .heads import HeadGroup
from .matching import (
    ManyMatch,
    Match,
    frank_wolfe_matching,
    match_many,
    merge_many,
    weight_matching,
)
from .permutations import Permutation, compose, identity, inverse
from .spec import Occurrence, PermutationSpec

__all__ = [
    "Atom",
    "Axis",
    "Barrier",
    "HeadGroup",
    "ManyMatch",
    "Match",
    "Occurrence",
    "Permutation",
    "PermutationSpec",
    "average",
    "axis_index",
    "axis_size",
    "barrier",
    "compose",
    "declare_spec",
    "dominant_input_share",
    "draw_barriers",
    "frank_wolfe_matching",
    "identity",
    "interpolate",
    "inverse",
    "l2_reduction",
    "layer_alignments",
    "match_many",
    "merge_many",
    "mlp_spec",
    "plain_axis",
    "recalibrate",
    "repair",
    "resnet_spec",
    "singular_alignment",
    "taylor_barrier",
    "weight_matching",
]
