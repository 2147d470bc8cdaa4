"""Products of steerable features as functions on the sphere."""

from .gaunt_conv import GauntConv
from .gaunt_many_body import GauntManyBody
from .gaunt_product import GauntProduct
from .irreps_layout import IrrepsLayout
from .operation import ProductOperation

__all__ = ["GauntConv", "GauntManyBody", "GauntProduct", "IrrepsLayout", "ProductOperation"]
