import pytest

from pyg_symm.nn.tensor_product import ProductOperation
from pyg_symm.nn.tensor_product.methods import GridProduct


@pytest.mark.parametrize(
    "degrees", [(0, 0, 0), (1, 1, 2), (4, 4, 8), (3, 1, 6), (5, 3, 0), (0, 2, 1)]
)
@pytest.mark.parametrize("parity", ["even", "odd", "both"])
def test_equal_to_the_coefficients(degrees, parity, by_coefficients):
    by_coefficients(GridProduct, ProductOperation(*degrees, parity, "component"))
