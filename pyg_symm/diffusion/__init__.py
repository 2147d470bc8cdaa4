"""Probability of discrete diffusion on graphs: no network inside."""

from pyg_symm.utils import Noise, symmetric

from .block_graphs import BlockGraphs
from .discrete import DiscreteDiffusion, draw
from .schedule import (
    ConstantSchedule,
    CosineSchedule,
    ExponentialSchedule,
    LinearSchedule,
    Schedule,
)

__all__ = [
    "BlockGraphs",
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
