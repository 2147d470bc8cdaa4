"""Training tasks and data modules for PyTorch Lightning."""

from .base import Task
from .data import CrossValidation, EpochDataModule, EpochSeed, IntegerSetData, SplitData
from .prediction import BitPrediction, GraphClassification, MultitaskRegression

__all__ = [
    "BitPrediction",
    "CrossValidation",
    "EpochDataModule",
    "EpochSeed",
    "GraphClassification",
    "IntegerSetData",
    "MultitaskRegression",
    "SplitData",
    "Task",
]
