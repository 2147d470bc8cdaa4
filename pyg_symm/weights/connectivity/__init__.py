"""Straight paths between networks: losses on them, and how merged networks are mended."""

from .barrier import Barrier, barrier
from .calibrate import recalibrate
from .draw import draw_barriers, draw_curves
from .forwards import call_model
from .interpolate import average, interpolate
from .repair import repair
from .taylor import taylor_barrier

__all__ = [
    "Barrier",
    "average",
    "barrier",
    "call_model",
    "draw_barriers",
    "draw_curves",
    "interpolate",
    "recalibrate",
    "repair",
    "taylor_barrier",
]
