import pytest
import torch

from pyg_symm.nn.steerable import Gate


@pytest.mark.parametrize("lmax", [0, 2])
@pytest.mark.parametrize("sheets", [1, 2])
def test_equals_the_formula(lmax, sheets):
    gate, x = Gate(3, lmax, sheets), torch.randn(4, sheets, 3, (lmax + 1) ** 2)
    out, scalars = gate(x), x[:, 0, :, 0]
    torch.testing.assert_close(out[:, 0, :, 0], 2 * torch.nn.functional.silu(scalars))
    for s in range(sheets):
        for degree in range(s == 0, lmax + 1):
            row = 3 * (s * (lmax + 1) + degree - 1)
            factor = 2 * gate.lin(scalars)[:, row : row + 3].sigmoid().unsqueeze(-1)
            part = slice(degree**2, (degree + 1) ** 2)
            torch.testing.assert_close(out[:, s, :, part], factor * x[:, s, :, part])


def test_without_others_there_are_no_parameters():
    assert list(Gate(3, 0).parameters()) == []
    assert repr(Gate(3, 1, 2)) == "Gate(3, lmax=1, sheets=2)"
