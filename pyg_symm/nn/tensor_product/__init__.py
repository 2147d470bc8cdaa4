"""Products of steerable features as functions on the sphere."""

from .gaunt_product import GauntProduct
from .operation import ProductOperation

__all__ = ["GauntProduct", "ProductOperation"]
