import pytest
import torch

from pyg_symm.nn.tensor_product.methods.orders import OrderLayout


@pytest.mark.parametrize("lmax", [0, 1, 4])
def test_round_trip(lmax, coefficients):
    layout, x = OrderLayout(lmax), coefficients(3, lmax=lmax)
    sorted_ = layout.sort(x)
    assert sorted_.shape == (2 * lmax + 1, 3, lmax + 1)
    assert torch.equal(layout.unsort(sorted_), x)
    for m in range(-lmax, lmax + 1):
        mine = [x[:, l * l + l + m] if l >= abs(m) else 0 * x[:, 0] for l in range(lmax + 1)]  # noqa: E741
        assert torch.equal(sorted_[m + lmax], torch.stack(mine, 1))
