import pytest
import torch

from pyg_symm.groups import random_orthogonal, wigner_d
from pyg_symm.nn.steerable import DegreeLinear


@pytest.mark.parametrize("sheets", [1, 2])
def test_equals_a_loop_over_degrees(sheets):
    lin, x = DegreeLinear(3, 5, 2, sheets), torch.randn(4, sheets, 3, 9)
    torch.nn.init.normal_(lin.bias)
    out = lin(x)
    assert out.shape == (4, sheets, 5, 9)
    for s in range(sheets):
        for degree in range(3):
            part = slice(degree**2, (degree + 1) ** 2)
            expected = lin.weight[s, degree] @ x[:, s, :, part]
            if s == degree == 0:
                expected = expected + lin.bias.unsqueeze(-1)
            torch.testing.assert_close(out[:, s, :, part], expected)


def test_commutes_with_rotations_and_reflections():
    lin, x = DegreeLinear(3, 3, 3), torch.randn(4, 1, 3, 16)
    torch.nn.init.normal_(lin.bias)
    for matrix in wigner_d(3, random_orthogonal(4)):
        torch.testing.assert_close(lin(x @ matrix.T), lin(x) @ matrix.T)


def test_keeps_the_variance():
    out = DegreeLinear(64, 64, 2)(torch.randn(100, 1, 64, 9))
    assert abs(float(out.detach().var()) - 1) < 0.1


def test_no_nodes_and_no_bias():
    lin = DegreeLinear(3, 5, 1, bias=False)
    assert lin.bias is None and lin(torch.randn(0, 1, 3, 4)).shape == (0, 1, 5, 4)
    assert repr(lin) == "DegreeLinear(3, 5, lmax=1, sheets=1)"
