"""Training tasks and data modules for PyTorch Lightning."""

from .base import Task
from .callbacks import EpochSeed, WeightAverage
from .checkpoints import EpochCheckpoint, WholeCheckpoints
from .cuda_graphs import GraphedLoss
from .data import (
    CrossValidation,
    EpochDataModule,
    GenerationData,
    IntegerSetData,
    SizeBatches,
    SplitData,
)
from .estimate import TimeEstimate
from .generation import GraphGeneration
from .prediction import BitPrediction, GraphClassification, MultitaskRegression
from .timed import TimedSchedule

__all__ = [
    "BitPrediction",
    "CrossValidation",
    "EpochCheckpoint",
    "EpochDataModule",
    "EpochSeed",
    "GenerationData",
    "GraphClassification",
    "GraphGeneration",
    "GraphedLoss",
    "IntegerSetData",
    "MultitaskRegression",
    "SizeBatches",
    "SplitData",
    "Task",
    "TimeEstimate",
    "TimedSchedule",
    "WeightAverage",
    "WholeCheckpoints",
]
