"""Whole networks."""

from ..resolver import independent_copies as independent_copies
from .affine_point_net import AffinePointNet
from .affine_resnet import AffineResNet
from .baselines import (
    EGNN,
    PPGN,
    AggregatorGIN,
    DeepSetsSelector,
    ImageCNN,
    MultitaskNet,
    PooledCNN,
    SetNet,
    WhitenedCNN,
)
from .baselines import BitEmbedding as BitEmbedding
from .gaunt_mace import GauntMACE
from .inset import INSET
from .pard import Block as Block
from .pard import BlockDenoiser, BlockSizePredictor
from .pard import BlockLogits as BlockLogits
from .pard import BlockTrunk as BlockTrunk
from .pard import DenoisingHead as DenoisingHead
from .pard import Features as Features
from .pard import Prefix as Prefix
from .pard import SizeHead as SizeHead
from .ponita import PONITA
from .spen import SPEN

# Parts of networks are importable from here for those who did so; their home is another module.
__all__ = [
    "EGNN",
    "INSET",
    "PONITA",
    "PPGN",
    "SPEN",
    "AffineResNet",
    "AffinePointNet",
    "AggregatorGIN",
    "BlockDenoiser",
    "BlockSizePredictor",
    "DeepSetsSelector",
    "GauntMACE",
    "ImageCNN",
    "MultitaskNet",
    "PooledCNN",
    "SetNet",
    "WhitenedCNN",
]
