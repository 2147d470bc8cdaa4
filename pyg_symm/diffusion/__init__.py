"""Probability of discrete diffusion on graphs: no network inside."""

from pyg_symm.utils import Noise, moved_to, symmetric

from .discrete import DiscreteDiffusion, draw
from .schedule import (
    ConstantSchedule,
    CosineSchedule,
    ExponentialSchedule,
    LinearSchedule,
    Schedule,
)

__all__ = [
    "ConstantSchedule",
    "CosineSchedule",
    "DiscreteDiffusion",
    "ExponentialSchedule",
    "LinearSchedule",
    "Noise",
    "Schedule",
    "draw",
    "symmetric",
]

__getattr__ = moved_to("pyg_symm.graphs", {"BlockGraphs"})
