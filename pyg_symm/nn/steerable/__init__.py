"""Networks of features that are functions on the sphere: linear maps, gates, messages, products."""

from .degree_linear import DegreeLinear
from .gate import Gate
from .interaction import Edges, Interaction, SteerableLayer
from .radial import BesselBasis, RadialNetwork
from .read_out import ReadOut
from .self_product import SelfProduct
from .sheets import fit, mirror, sort_products

__all__ = [
    "BesselBasis",
    "DegreeLinear",
    "Edges",
    "Gate",
    "Interaction",
    "RadialNetwork",
    "ReadOut",
    "SelfProduct",
    "SteerableLayer",
    "fit",
    "mirror",
    "sort_products",
]
