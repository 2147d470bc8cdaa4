"""Training tasks and data modules for PyTorch Lightning."""

from .base import Task
from .callbacks import EpochSeed, WeightAverage
from .data import (
    CrossValidation,
    EpochDataModule,
    GenerationData,
    IntegerSetData,
    SizeBatches,
    SplitData,
)
from .generation import GraphGeneration
from .prediction import BitPrediction, GraphClassification, MultitaskRegression

__all__ = [
    "BitPrediction",
    "CrossValidation",
    "EpochDataModule",
    "EpochSeed",
    "GenerationData",
    "GraphClassification",
    "GraphGeneration",
    "IntegerSetData",
    "MultitaskRegression",
    "SizeBatches",
    "SplitData",
    "Task",
    "WeightAverage",
]
