import pytest
import torch

from pyg_symm.nn.tensor_product.checks import check_coefficients


def test_coefficients():
    check_coefficients("x", torch.ones(2, 3, 4), 1, 3)
    for x, match in (
        (torch.ones(2, 3, 5), r"'x' must have shape \[..., 3, 4\], for degrees up to 1"),
        (torch.ones(2, 2, 4), r"'x' must have shape \[..., 3, 4\]"),
        (torch.ones(3, 4).long(), "'x' must hold real floating-point numbers"),
        (torch.ones(3, 4).cfloat(), "'x' must hold real floating-point numbers"),
    ):
        with pytest.raises(ValueError, match=match):
            check_coefficients("x", x, 1, 3)
