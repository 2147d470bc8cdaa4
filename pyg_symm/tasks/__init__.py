"""Training tasks and data modules for PyTorch Lightning."""

from .base import Task
from .best_weights import BestWeights
from .callbacks import EpochSeed, WeightAverage
from .checkpoints import EpochCheckpoint, WholeCheckpoints
from .cuda_graphs import GraphedLoss
from .data import (
    ClassSplits,
    CrossValidation,
    EpochDataModule,
    GenerationData,
    ImageSplits,
    IntegerSetData,
    PointData,
    PointSplits,
    SizeBatches,
    SplitData,
    SubsetData,
    TripleData,
)
from .estimate import TimeEstimate
from .generation import GraphGeneration
from .images import ImageClassification
from .link_prediction import LinkPrediction
from .points import (
    ElementReference,
    EnergyForces,
    EquivarianceError,
    PointClassification,
    PointTask,
    ScalarRegression,
    ShortDynamics,
    VectorRegression,
)
from .prediction import (
    BitPrediction,
    GraphClassification,
    MultitaskRegression,
    RowClassification,
)
from .schedules import cosine_with_warm_up
from .seed_paths import SeedPaths
from .subsets import SubsetSelection
from .timed import TimedCosine, TimedSchedule
from .trials import Trials

__all__ = [
    "BestWeights",
    "BitPrediction",
    "ClassSplits",
    "CrossValidation",
    "ElementReference",
    "EnergyForces",
    "EquivarianceError",
    "EpochCheckpoint",
    "EpochDataModule",
    "EpochSeed",
    "GenerationData",
    "GraphClassification",
    "GraphGeneration",
    "GraphedLoss",
    "ImageClassification",
    "ImageSplits",
    "IntegerSetData",
    "LinkPrediction",
    "MultitaskRegression",
    "PointClassification",
    "PointData",
    "PointSplits",
    "PointTask",
    "RowClassification",
    "ScalarRegression",
    "ShortDynamics",
    "SeedPaths",
    "SizeBatches",
    "SplitData",
    "SubsetData",
    "SubsetSelection",
    "Task",
    "TimeEstimate",
    "TimedCosine",
    "TimedSchedule",
    "TripleData",
    "Trials",
    "VectorRegression",
    "WeightAverage",
    "WholeCheckpoints",
    "cosine_with_warm_up",
]
