"""Symmetries of weights: networks that are the same up to a renumbering of their units."""

from .axes import Atom, Axis, axis_index, axis_size, plain_axis
from .declare import declare_spec, mlp_spec, resnet_spec
from .heads import HeadGroup
from .matching import Match, weight_matching
from .permutations import Permutation, compose, identity, inverse
from .spec import Occurrence, PermutationSpec

__all__ = [
    "Atom",
    "Axis",
    "HeadGroup",
    "Match",
    "Occurrence",
    "Permutation",
    "PermutationSpec",
    "axis_index",
    "axis_size",
    "compose",
    "declare_spec",
    "identity",
    "inverse",
    "mlp_spec",
    "plain_axis",
    "resnet_spec",
    "weight_matching",
]
