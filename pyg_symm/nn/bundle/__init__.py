"""Networks on positions and orientations: their features, kernels and blocks."""

from .basis import KernelBasis
from .block import ConvNeXtBlock
from .edge_points import EdgePoints
from .grid_bundle import GridBundle
from .kernel_sum import Pairs, kernel_sum
from .kernels import Kernels, LazyBasis
from .neighbors import all_pairs, neighbors, two_way_first
from .point_network import PointNetwork
from .polynomial import PolynomialFeatures
from .positions import PooledPositions, Positions
from .separable import SeparableConv
from .space import Frame, Space
from .stack import BlockStack
from .window import PolynomialWindow

__all__ = [
    "BlockStack",
    "ConvNeXtBlock",
    "EdgePoints",
    "Frame",
    "GridBundle",
    "KernelBasis",
    "Kernels",
    "LazyBasis",
    "Pairs",
    "PointNetwork",
    "PolynomialFeatures",
    "PolynomialWindow",
    "PooledPositions",
    "Positions",
    "SeparableConv",
    "Space",
    "all_pairs",
    "kernel_sum",
    "neighbors",
    "two_way_first",
]
