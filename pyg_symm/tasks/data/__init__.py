"""Data modules: where the batches of a run come from."""

from .batches import SizeBatches
from .cross_validation import CrossValidation
from .epochs import EpochDataModule
from .generation import GenerationData
from .images import ImageSplits
from .integer_sets import IntegerSetData
from .points import PointData, PointSplits
from .splits import ClassSplits, SplitData
from .subsets import SubsetData
from .triples import TripleData

__all__ = [
    "ClassSplits",
    "CrossValidation",
    "EpochDataModule",
    "GenerationData",
    "ImageSplits",
    "IntegerSetData",
    "PointData",
    "PointSplits",
    "SizeBatches",
    "SplitData",
    "SubsetData",
    "TripleData",
]
