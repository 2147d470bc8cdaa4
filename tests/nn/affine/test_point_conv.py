import torch

from pyg_symm.groups import SL, GLPlus
from pyg_symm.nn.affine.point_conv import PointConv


def test_relative_positions(tol):
    group = GLPlus(2)
    conv, samples = PointConv(3, 5, group, radius=0.5), group.sample(4)
    source, target = torch.randn(6, 2), torch.randn(6, 2)
    z = conv.relative_positions(target, source, samples.inverses)
    assert z.shape == (6, 4, 2)
    expected = torch.linalg.inv(samples.elements[3]) @ (source[2] - target[2]) * 2
    torch.testing.assert_close(z[2, 3], expected, atol=10 * tol, rtol=10 * tol)


def test_windows():
    z = torch.tensor([[0.0, 0.0], [0.6, 0.8], [3.0, 0.0]])
    plain, disk, smooth = (PointConv(3, 5, SL(2), mask=m) for m in ("none", "disk", "sigmoid"))
    assert plain.position_window(z).flatten().tolist() == [1, 1, 1]
    assert disk.position_window(z).flatten().tolist() == [1, 1, 0]
    torch.testing.assert_close(
        smooth.position_window(z).flatten(), torch.tensor([2.0, 0.0, -4.0]).sigmoid()
    )
    assert disk.group_window(z).flatten().tolist() == [1, 1, 1]
    torch.testing.assert_close(
        smooth.group_window(z).flatten(), torch.tensor([2.0, 1.0, -1.0]).sigmoid()
    )
