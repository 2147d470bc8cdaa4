import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus
from pyg_symm.nn import LiftingConv2d
from pyg_symm.nn.affine import kernel_points


def literal(conv, x, samples):
    """The formula, pixel by pixel."""
    size, half = conv.kernel_size, conv.padding
    x = torch.nn.functional.pad(x, [half] * 4)
    taps = kernel_points(size).to(x)
    out_h, out_w = x.size(2) - size + 1, x.size(3) - size + 1
    out = x.new_zeros(x.size(0), conv.out_channels, len(samples), out_h, out_w)
    for a, matrix in enumerate(samples.elements):
        for t, tap in enumerate(taps):
            z = torch.linalg.inv(matrix) @ tap
            if conv.mask == "disk" and z.norm() > conv.radius:
                continue
            factor = torch.sigmoid(2 * (1 - z.norm())) if conv.mask == "sigmoid" else 1.0
            k = conv.kernel_net(z).view(conv.out_channels, conv.in_channels)
            k = k * factor / torch.linalg.det(matrix).abs()
            row, column = t // size, t % size
            part = x[:, :, row : row + out_h, column : column + out_w]
            out[:, :, a] += torch.einsum("oc,bchw->bohw", k, part)
    return out + conv.bias.view(-1, 1, 1, 1)


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("group", [SO(2), SL(2), GLPlus(2)], ids=str)
def test_equals_the_formula(tol, group, padding):
    conv = LiftingConv2d(2, 3, 3, group, padding=padding)
    torch.nn.init.normal_(conv.bias)
    x, samples = torch.randn(2, 2, 6, 5), group.sample(4, std=1.0)
    torch.testing.assert_close(conv(x, samples), literal(conv, x, samples), atol=tol, rtol=tol)


def test_depthwise_is_a_kernel_for_each_channel_and_a_mixture(tol):
    conv, samples = LiftingConv2d(3, 4, 3, SL(2), depthwise=True), SL(2).sample(5)
    x, dense = torch.randn(2, 3, 6, 6), LiftingConv2d(3, 3, 3, SL(2), bias=False)

    class Diagonal(torch.nn.Module):
        def forward(self, z):
            return torch.diag_embed(conv.kernel_net(z)).flatten(-2)

    dense.kernel_net = Diagonal()
    expected = torch.einsum("oc,bcnhw->bonhw", conv.lin.weight, dense(x, samples))
    torch.testing.assert_close(conv(x, samples), expected, atol=tol, rtol=tol)
    assert repr(conv) == "LiftingConv2d(3, 4, kernel_size=3, group=SL(2))"


@pytest.mark.parametrize("mask", ["disk", "sigmoid"])
def test_quarter_turns_permute_samples_exactly(tol, mask):
    samples = SO(2).sample(8)
    conv, x = LiftingConv2d(2, 3, 5, SO(2), mask=mask), torch.randn(2, 2, 12, 12)
    turned = x.rot90(-1, (2, 3))  # Rows grow downward: from the first axis to the second.
    expected = conv(x, samples).rot90(-1, (3, 4)).roll(2, dims=2)
    torch.testing.assert_close(conv(turned, samples), expected, atol=tol, rtol=tol)


def test_moved_samples_and_a_turned_image(tol):
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    conv, x = LiftingConv2d(1, 3, 5, GLPlus(2)), torch.randn(2, 1, 11, 11)
    samples = GLPlus(2).sample(5)
    moved = conv(x.rot90(-1, (2, 3)), samples.translate(quarter))
    torch.testing.assert_close(moved, conv(x, samples).rot90(-1, (3, 4)), atol=tol, rtol=tol)


def equivariance_error(image, near_identity, group, conv, size=0.2):
    """Relative difference at the origin between a moved image, and moved samples, for 40 images."""
    h, samples = near_identity(group, size), group.sample(6)
    points = kernel_points(conv.kernel_size).to(h)
    shift = torch.randn(40, 1, 2, generator=torch.Generator().manual_seed(1)).to(h)
    side = conv.kernel_size
    images, moved = (
        image(p, shift).view(40, 1, side, side) for p in (points, points @ torch.linalg.inv(h).T)
    )
    with torch.no_grad():
        expected, out = conv(images, samples), conv(moved, samples.translate(h))
    return float((out - expected).norm() / expected.norm())


@pytest.mark.parametrize("group", [SL(2), GLPlus(2)], ids=str)
def test_the_error_falls_with_the_resolution(image, near_identity, group):
    # The kernel of a network, cut at a circle well inside of the square.
    torch.manual_seed(0)
    net = LiftingConv2d(1, 4, 3, group).kernel_net
    errors = []
    for size in (5, 11, 23, 47):
        conv = LiftingConv2d(1, 4, size, group, kernel=net, mask="disk", radius=0.6, bias=False)
        errors.append(equivariance_error(image, near_identity, group, conv))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.05
    assert errors[-1] < errors[0] * 5 / 47  # At least the first order.


@pytest.mark.parametrize("group", [SL(2), GLPlus(2)], ids=str)
def test_the_error_falls_with_the_size_of_the_kernel(blob, image, near_identity, group):
    # Pixels of one size; a larger square cuts less of a kernel of fixed width.
    def image_in_pixels(points, shift):
        return image(points * size / 20, shift)

    errors = []
    for size in (5, 9, 15, 21):
        kernel = blob(width=0.2 * 20 / size)
        conv = LiftingConv2d(1, 1, size, group, kernel=kernel, mask="none", bias=False)
        errors.append(equivariance_error(image_in_pixels, near_identity, group, conv))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.05
    assert errors[-1] < errors[0] * 5 / 21


def test_responses_to_a_constant_image_do_not_depend_on_the_scale(blob):
    group, scales = GLPlus(2), torch.tensor([0.7, 1.0, 1.3])
    samples = group.as_samples(scales.view(-1, 1, 1) * torch.eye(2))
    conv = LiftingConv2d(1, 1, 41, group, kernel=blob(0.15), mask="none", bias=False)
    out = conv(torch.ones(1, 1, 41, 41), samples).flatten()
    torch.testing.assert_close(out, out[1].expand(3), atol=0.0, rtol=1e-3)


def test_samples_of_another_group_are_refused():
    conv, x = LiftingConv2d(1, 2, 3, SL(2)), torch.randn(1, 1, 6, 6)
    with pytest.raises(ValueError, match=r"'g_out' must be samples of SL\(2\).*GLPlus\(2\)"):
        conv(x, GLPlus(2).sample(4))
    with pytest.raises(ValueError, match="'g_out' must be samples of SL.*got Tensor"):
        conv(x, SL(2).sample(4).elements)


def test_zero_samples_are_refused():
    with pytest.raises(ValueError, match="'num' must be an integer of 1 or more .got 0"):
        SL(2).sample(0)


@pytest.mark.parametrize("shape", [(1, 2, 6, 6), (2, 6, 6), (1, 1, 1, 6, 6)])
def test_refuses_images_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"'x' must be of shape \[B, 1, h, w\]"):
        LiftingConv2d(1, 2, 3, SL(2))(torch.randn(shape), SL(2).sample(4))


def test_refuses_images_of_integers():
    images = torch.zeros(1, 1, 6, 6, dtype=torch.uint8)
    with pytest.raises(ValueError, match="'x' must hold floating-point .*got torch.uint8"):
        LiftingConv2d(1, 2, 3, SL(2))(images, SL(2).sample(4))


def test_refuses_images_smaller_than_the_kernel():
    x, samples = torch.randn(1, 1, 9, 4), SL(2).sample(4)
    with pytest.raises(ValueError, match="kernel of size 5 with a padding of 0 .*9 x 4"):
        LiftingConv2d(1, 2, 5, SL(2))(x, samples)
    assert LiftingConv2d(1, 2, 5, SL(2), padding=1)(x, samples).shape == (1, 2, 4, 7, 2)
