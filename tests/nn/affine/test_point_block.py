import pytest
import torch

from pyg_symm.groups import SL, GLPlus
from pyg_symm.nn.affine.point_block import AffinePointBlock, per_point
from pyg_symm.testing import assert_layer_contract

EDGES = torch.tensor([[1, 0, 3, 1, 2, 2, 4], [0, 1, 1, 2, 0, 3, 3]])


@pytest.mark.parametrize("group", [SL(2), SL(3), GLPlus(2), GLPlus(3)], ids=str)
def test_maps_of_positions_and_samples(group, dtype):
    block, samples = AffinePointBlock(6, group, radius=0.5), group.sample(4)
    x, pos = torch.randn(5, 4, 6), torch.randn(5, group.n)
    out = block(x, pos, EDGES, samples)
    h = 1.2 * group.sample(3).elements[2] if group.has_det else group.sample(3).elements[2]
    again = block(x, group.act(h, pos), EDGES, samples.translate(h))
    tol = 1e-4 if dtype == torch.float else 1e-10
    torch.testing.assert_close(again, out, atol=tol, rtol=tol)
    assert (out - x).abs().max() > 0.01


def test_per_point(tol):
    samples = GLPlus(2).sample(4)
    x = torch.randn(5, 4, 6)
    out = per_point(x, samples)
    expected = x[:, 2] * torch.linalg.det(samples.elements[2])
    torch.testing.assert_close(out[:, 2], expected, atol=tol, rtol=tol)
    assert per_point(x, SL(2).sample(4)) is x


def test_contract_of_a_layer():
    block, samples = AffinePointBlock(6, SL(2), kernel_channels=8), SL(2).sample(4)
    assert_layer_contract(block, torch.randn(5, 4, 6), torch.randn(5, 2), EDGES, samples)
