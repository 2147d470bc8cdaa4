import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus
from pyg_symm.nn.affine import ProjectionConv2d, kernel_points


@pytest.mark.parametrize("group", [SO(2), SL(2), GLPlus(2)], ids=str)
def test_equals_the_formula(tol, group):
    conv, samples = ProjectionConv2d(2, 3, 3, group), group.sample(4, std=0.8)
    x = torch.randn(2, 2, 4, 6, 5)
    out = torch.zeros(2, 3, 4, 3)
    for b, matrix in enumerate(samples.elements):
        weight = samples.log_weights[b].exp() / torch.linalg.det(matrix).abs()
        for t, tap in enumerate(kernel_points(3).to(x)):
            z = torch.linalg.inv(matrix) @ tap
            k = conv.kernel_net(z).view(3, 2) * (z.norm() <= 1 if conv.mask == "disk" else 1)
            k = k * (torch.sigmoid(2 * (1 - z.norm())) if conv.mask == "sigmoid" else 1)
            part = x[:, :, b, t // 3 : t // 3 + 4, t % 3 : t % 3 + 3]
            out += weight * torch.einsum("oc,bchw->bohw", k, part)
    torch.testing.assert_close(conv(x, samples), out, atol=tol, rtol=10 * tol)


def test_quarter_turns_turn_the_image(tol):
    samples, x = SO(2).sample(8), torch.randn(2, 2, 8, 10, 10)
    conv = ProjectionConv2d(2, 3, 5, SO(2), padding=2)
    out = conv(x.rot90(-1, (3, 4)).roll(2, dims=2), samples)
    torch.testing.assert_close(out, conv(x, samples).rot90(-1, (2, 3)), atol=tol, rtol=tol)


def test_refuses_features_of_other_samples():
    with pytest.raises(ValueError, match=r"'x' must be of shape \[B, 2, 4, h, w\]"):
        ProjectionConv2d(2, 3, 3, SL(2))(torch.randn(1, 2, 3, 6, 6), SL(2).sample(4))
    with pytest.raises(ValueError, match=r"'g_in' must be samples of SL\(2\)"):
        ProjectionConv2d(2, 3, 3, SL(2))(torch.randn(1, 2, 4, 6, 6), SO(2).sample(4))
