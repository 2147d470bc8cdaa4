"""Training tasks and data modules for PyTorch Lightning."""

from .base import Task
from .data import CrossValidation, EpochDataModule, EpochSeed, IntegerSetData, SplitData
from .generation import GraphGeneration, WeightAverage
from .generation_data import GenerationData, SizeBatches
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
