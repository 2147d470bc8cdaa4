"""Straight paths between networks: losses on them, and how merged networks are mended."""

from .alignment import LayerAlignment, layer_alignments, singular_alignment
from .barrier import Barrier, barrier
from .calibrate import recalibrate
from .distances import l2_reduction, weight_distance
from .draw import draw_barriers, draw_curves
from .forwards import call_model
from .inputs import InputShare, dominant_input_share
from .interpolate import average, interpolate
from .repair import repair
from .taylor import taylor_barrier

__all__ = [
    "Barrier",
    "InputShare",
    "LayerAlignment",
    "average",
    "barrier",
    "call_model",
    "dominant_input_share",
    "draw_barriers",
    "draw_curves",
    "interpolate",
    "l2_reduction",
    "layer_alignments",
    "recalibrate",
    "repair",
    "singular_alignment",
    "taylor_barrier",
    "weight_distance",
]
