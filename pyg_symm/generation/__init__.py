"""Generators of graphs."""

from .baseline import independent_graphs
from .compiled_layers import compile_layers
from .config import GraphStatistics, PARDConfig
from .consistency import path_consistency
from .constraints import Constraints
from .fine_tuning import fine_tuned
from .generate import SampleOptions
from .pard import PARD
from .slots import SampleReport

__all__ = [
    "PARD",
    "Constraints",
    "GraphStatistics",
    "PARDConfig",
    "SampleOptions",
    "SampleReport",
    "compile_layers",
    "fine_tuned",
    "independent_graphs",
    "path_consistency",
]
