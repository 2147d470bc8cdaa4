"""Which method is fastest."""

from ..operation import ProductOperation
from .base import ProductMethod
from .direct import DirectProduct
from .fourier import FourierProduct
from .grid import GridProduct
from .halved import HalvedGridProduct
from .separable import SeparableProduct

METHODS: dict[str, type[ProductMethod]] = {
    "direct": DirectProduct,
    "grid": GridProduct,
    "halved": HalvedGridProduct,
    "separable": SeparableProduct,
    "fourier": FourierProduct,
}

# By the kind of device, and whether there are both products: the lowest degree of the grid from
# which on a method is fastest, ascending.
_FASTEST = {
    ("cpu", False): [(0, "grid"), (16, "halved"), (24, "separable")],
    ("cpu", True): [(0, "direct"), (9, "grid"), (14, "halved"), (24, "separable")],
    ("cuda", False): [(0, "grid"), (16, "halved"), (24, "separable")],
    ("cuda", True): [(0, "direct"), (9, "grid"), (14, "halved"), (24, "separable")],
}


def choose_methods(operation: ProductOperation) -> dict[str, str]:
    r"""The fastest method for each kind of device, by measurements kept in a table.

    Examples:
        >>> choose_methods(ProductOperation(2, 2, 2))["cpu"]
        'grid'
    """
    both = len(operation.parts) > 1
    return {
        kind: [name for first, name in table if operation.degree >= first][-1]
        for (kind, parts), table in _FASTEST.items()
        if parts == both
    }
