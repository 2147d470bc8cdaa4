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
from .permutations import Permutation, compose, identity, inverse
from .spec import Occurrence, PermutationSpec
from .tracing import register_rule, trace_spec
from .verify import verify_spec

__all__ = [
    "Atom",
    "Axis",
    "Barrier",
    "HeadGroup",
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
    "identity",
    "interpolate",
    "inverse",
    "l2_reduction",
    "layer_alignments",
    "mlp_spec",
    "plain_axis",
    "recalibrate",
    "register_rule",
    "repair",
    "resnet_spec",
    "singular_alignment",
    "taylor_barrier",
    "trace_spec",
    "verify_spec",
]
