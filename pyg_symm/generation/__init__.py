"""Generators of graphs."""

from .baseline import independent_graphs
from .compiled_layers import compile_layers
from .config import GraphStatistics, PARDConfig
from .consistency import path_consistency
from .constraints import Constraints
from .fine_tuning import (
    fine_tuned,
    model_limits,
    model_requirements,
    model_vocabulary,
    within_model,
)
from .generate import SamplingRun
from .molecules import MoleculeSamples
from .options import SampleOptions
from .pard import PARD
from .pieces import main_piece, num_pieces
from .slots import SampleReport

__all__ = [
    "PARD",
    "Constraints",
    "GraphStatistics",
    "MoleculeSamples",
    "PARDConfig",
    "SampleOptions",
    "SampleReport",
    "SamplingRun",
    "compile_layers",
    "fine_tuned",
    "independent_graphs",
    "main_piece",
    "model_limits",
    "model_requirements",
    "model_vocabulary",
    "num_pieces",
    "path_consistency",
    "within_model",
]
