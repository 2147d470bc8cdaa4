import pytest

from pyg_symm.nn import GauntProduct
from pyg_symm.nn.tensor_product import ProductOperation
from pyg_symm.nn.tensor_product.methods import METHODS, choose_methods


@pytest.mark.parametrize("parity", ["even", "odd", "both"])
@pytest.mark.parametrize("lmax", [0, 1, 4, 8, 20])
def test_choices_exist(parity, lmax):
    choice = choose_methods(ProductOperation(lmax, lmax, lmax, parity))
    assert set(choice) == {"cpu", "cuda"} and set(choice.values()) <= METHODS.keys()


def test_product_holds_what_it_may_need():
    assert list(GauntProduct(8, 8, 8).methods) == ["separable"]
    assert list(GauntProduct(1, 1, 1, method="fourier").methods) == ["fourier"]
