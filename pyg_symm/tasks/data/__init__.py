"""Data modules: where the batches of a run come from."""

from .batches import SizeBatches
from .cross_validation import CrossValidation
from .epochs import EpochDataModule
from .generation import GenerationData
from .integer_sets import IntegerSetData
from .points import PointData, PointSplits
from .splits import SplitData
from .subsets import SubsetData

__all__ = [
    "CrossValidation",
    "EpochDataModule",
    "GenerationData",
    "IntegerSetData",
    "PointData",
    "PointSplits",
    "SizeBatches",
    "SplitData",
    "SubsetData",
]
