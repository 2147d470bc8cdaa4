"""Baseline networks."""

from .aggregator_gin import AggregatorGIN
from .deep_sets_selector import DeepSetsSelector
from .egnn import EGNN
from .image_cnn import ImageCNN
from .multitask_net import MultitaskNet
from .ppgn import PPGN
from .set_net import BitEmbedding, SetNet

__all__ = [
    "EGNN",
    "PPGN",
    "AggregatorGIN",
    "BitEmbedding",
    "DeepSetsSelector",
    "MultitaskNet",
    "SetNet",
]
__all__ = ["EGNN", "PPGN", "AggregatorGIN", "BitEmbedding", "ImageCNN", "MultitaskNet", "SetNet"]
