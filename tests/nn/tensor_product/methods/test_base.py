import pytest
import torch

from pyg_symm.groups import SphereGrid
from pyg_symm.nn.tensor_product import ProductOperation
from pyg_symm.nn.tensor_product.methods import GridProduct
from pyg_symm.nn.tensor_product.methods.base import (
    ProductMethod,
    fields,
    multiply,
    multiply_add,
)


def test_repr():
    assert (
        str(GridProduct(ProductOperation(1, 2, 3, "odd"))) == "GridProduct(1, 2, 3, parity='odd')"
    )


def test_is_abstract():
    with pytest.raises(NotImplementedError):
        ProductMethod(ProductOperation(1, 1, 1))(torch.ones(1, 4), torch.ones(1, 4))


@pytest.mark.parametrize("parity, num", [("even", 1), ("odd", 2), ("both", 3)])
def test_products_of_fields(parity, num):
    assert len(fields(parity, SphereGrid(3), 2)) == num
    f, g, h = torch.randn(3, num, 5)
    first, second = multiply(parity, f, g), multiply(parity, f, h)
    sums = multiply_add(parity, first, f, h)
    for a, b, c in zip(first, second, sums, strict=True):
        torch.testing.assert_close(a + b, c)
    for a, b in zip(first, multiply(parity, g, f), strict=True):
        assert torch.allclose(a, b) or torch.allclose(a, -b)
