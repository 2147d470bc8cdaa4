import pytest
import torch

from pyg_symm.nn.tensor_product import ProductOperation


def test_coefficients_and_scales():
    operation = ProductOperation(2, 1, 2, "both", "component")
    for part in operation.parts:
        # The variance is the sum of squares, for inputs of independent components.
        square = operation.coefficients(part).square().sum((0, 1))
        reached = operation.scales(part) > 0
        torch.testing.assert_close(square, reached.double())
    assert not operation.scales("odd")[0] and operation.scales("odd")[1:].all()
    assert ProductOperation(2, 1, 2).scales("even").tolist() == [1.0] * 9
    assert operation.degree == 5


@pytest.mark.parametrize(
    "args, match",
    [
        ((1, True, 1), "'lmax2' must be an integer"),
        ((1, 1, 1, "none"), "'parity' must be one of"),
        ((1, 1, 1, "odd", "norm"), "'normalization' must be one of"),
    ],
)
def test_bad_arguments(args, match):
    with pytest.raises(ValueError, match=match):
        ProductOperation(*args)
