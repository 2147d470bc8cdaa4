"""Ways to compute products of functions on the sphere, all with the same result."""

from .base import ProductMethod
from .choice import METHODS, choose_methods
from .direct import DirectProduct
from .fourier import FourierProduct
from .grid import GridProduct
from .halved import HalvedGridProduct
from .separable import SeparableProduct

__all__ = [
    "METHODS",
    "DirectProduct",
    "FourierProduct",
    "GridProduct",
    "HalvedGridProduct",
    "ProductMethod",
    "SeparableProduct",
    "choose_methods",
]
