"""Baseline networks."""

from .aggregator_gin import AggregatorGIN
from .deep_sets_selector import DeepSetsSelector
from .egnn import EGNN
from .image_cnn import ImageCNN
from .multitask_net import MultitaskNet
from .pooled_cnn import PooledCNN
from .ppgn import PPGN
from .set_net import BitEmbedding, SetNet
from .whitened_cnn import WhitenedCNN

__all__ = [
    "EGNN",
    "PPGN",
    "AggregatorGIN",
    "BitEmbedding",
    "DeepSetsSelector",
    "ImageCNN",
    "MultitaskNet",
    "PooledCNN",
    "SetNet",
    "WhitenedCNN",
]
