import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus
from pyg_symm.nn import GroupConv2d
from pyg_symm.nn.affine import kernel_points

GROUPS = [SO(2), SL(2), GLPlus(2)]
of_groups = pytest.mark.parametrize("group", GROUPS, ids=str)


def literal(conv, x, g_in, g_out):
    """The formula, pixel by pixel and sample by sample."""
    size, half, group = conv.kernel_size, conv.padding, conv.group
    x = torch.nn.functional.pad(x, [half] * 4)
    out_h, out_w = x.size(3) - size + 1, x.size(4) - size + 1
    out = x.new_zeros(x.size(0), conv.out_channels, len(g_out), out_h, out_w)
    for a, output in enumerate(g_out.elements):
        for b, given in enumerate(g_in.elements):
            inverse = torch.linalg.inv(output)
            c = group.coordinates(inverse @ given)
            weight = g_in.log_weights[b].exp() / torch.linalg.det(given).abs()
            for t, tap in enumerate(kernel_points(size).to(x)):
                z = inverse @ tap
                if conv.mask == "disk" and z.norm() > conv.radius:
                    continue
                k = conv.kernel_net(torch.cat([z, c])).view(conv.out_channels, conv.in_channels)
                if conv.mask == "sigmoid":
                    k = k * torch.sigmoid(2 * (1 - z.norm()))
                    k = k * torch.sigmoid(2 * (1 - c.norm() / conv.group_radius))
                row, column = t // size, t % size
                part = x[:, :, b, row : row + out_h, column : column + out_w]
                out[:, :, a] += weight * torch.einsum("oc,bchw->bohw", k, part)
    return out + conv.bias.view(-1, 1, 1, 1)


def two_sets(group, num_in=4, num_out=3, std=0.8, dtype=None):
    generator = torch.Generator().manual_seed(0)
    return tuple(group.sample(n, generator, std=std, dtype=dtype) for n in (num_in, num_out))


@pytest.mark.parametrize("padding", [0, 1])
@of_groups
def test_equals_the_formula(tol, group, padding):
    # The sets differ, so that a layer that mixes them up, or weighs the wrong axis, fails.
    g_in, g_out = two_sets(group)
    conv = GroupConv2d(2, 3, 3, group, padding=padding, group_radius=1.5)
    torch.nn.init.normal_(conv.bias)
    x = torch.randn(2, 2, 4, 6, 5)
    expected = literal(conv, x, g_in, g_out)
    torch.testing.assert_close(conv(x, g_in, g_out), expected, atol=tol, rtol=10 * tol)


def test_the_formula_for_equal_numbers_of_samples(tol):
    # Shapes of input and output coincide here: only values can tell the axes apart.
    g_in, g_out = two_sets(GLPlus(2), 3, 3)
    conv, x = GroupConv2d(2, 2, 3, GLPlus(2)), torch.randn(1, 2, 3, 5, 5)
    expected = literal(conv, x, g_in, g_out)
    torch.testing.assert_close(conv(x, g_in, g_out), expected, atol=tol, rtol=10 * tol)


def test_determinants_are_those_of_the_input():
    g_in, g_out = two_sets(GLPlus(2), 3, 3)
    conv = GroupConv2d(2, 2, 3, GLPlus(2))
    ratio = conv.sites(g_in, g_out).factor.expand(3, 3) / g_in.weights
    expected = 1 / torch.linalg.det(g_in.elements).abs()
    torch.testing.assert_close(ratio, expected.expand(3, 3))


def test_a_sample_may_be_split_into_two_of_half_the_weight(tol):
    group = SL(2)
    once, g_out = two_sets(group)
    index = torch.tensor([0, 1, 2, 3, 3])
    log_weights = once.log_weights[index] - torch.tensor([0.0, 0.0, 0.0, 2.0, 2.0]).log().clamp(0)
    twice = group.as_samples(once.elements[index], log_weights)
    conv, x = GroupConv2d(2, 3, 3, group), torch.randn(1, 2, 4, 6, 6)
    out = conv(x[:, :, index], twice, g_out)
    torch.testing.assert_close(out, conv(x, once, g_out), atol=10 * tol, rtol=10 * tol)


def test_depthwise_is_a_kernel_for_each_channel_and_a_mixture(tol):
    g_in, g_out = two_sets(SL(2))
    conv, x = GroupConv2d(3, 5, 3, SL(2), depthwise=True, padding=1), torch.randn(2, 3, 4, 6, 6)
    dense = GroupConv2d(3, 3, 3, SL(2), bias=False, padding=1)

    class Diagonal(torch.nn.Module):
        def forward(self, z):
            return torch.diag_embed(conv.kernel_net(z)).flatten(-2)

    dense.kernel_net = Diagonal()
    expected = torch.einsum("oc,bcnhw->bonhw", conv.lin.weight, dense(x, g_in, g_out))
    torch.testing.assert_close(conv(x, g_in, g_out), expected, atol=tol, rtol=tol)


def test_quarter_turns_permute_samples_exactly(tol):
    samples, x = SO(2).sample(8), torch.randn(2, 2, 8, 10, 10)
    conv = GroupConv2d(2, 3, 5, SO(2), padding=2)
    turned = x.rot90(-1, (3, 4)).roll(2, dims=2)
    expected = conv(x, samples, samples).rot90(-1, (3, 4)).roll(2, dims=2)
    torch.testing.assert_close(conv(turned, samples, samples), expected, atol=tol, rtol=tol)


@of_groups
def test_the_kernel_depends_on_relative_elements_only(near_identity, group):
    h = near_identity(group, 0.5, dtype=torch.double)
    g_in, g_out = two_sets(group, dtype=torch.double)
    conv = GroupConv2d(2, 3, 5, group).double()
    before, after = conv.sites(g_in, g_out), conv.sites(g_in.translate(h), g_out.translate(h))
    exact = {"atol": 1e-10, "rtol": 1e-10}
    torch.testing.assert_close(after.coordinates, before.coordinates, **exact)
    # The spatial warp alone: taps that move along are where they were.
    moved = after.points @ g_out.elements.mT.unsqueeze(1)
    torch.testing.assert_close(moved @ h.T, conv.taps.double().expand_as(moved), **exact)
    scale = torch.linalg.det(h).abs()
    torch.testing.assert_close(after.factor * scale, before.factor, **exact)


@pytest.mark.parametrize("group", [SL(2), GLPlus(2)], ids=str)
def test_the_error_falls_with_the_resolution(blob, image, near_identity, group):
    h = near_identity(group, 0.2)
    g_in, g_out = two_sets(group, std=0.3)
    shift = torch.randn(30, 4, 1, 2, generator=torch.Generator().manual_seed(1)).to(h)
    errors = []
    for size in (6, 9, 12, 15):
        conv = GroupConv2d(1, 1, size, group, kernel=blob(0.12), mask="none", bias=False)
        points = kernel_points(size).to(h)
        images, moved = (
            image(p, shift).view(30, 1, 4, size, size)
            for p in (points, points @ torch.linalg.inv(h).T)
        )
        with torch.no_grad():
            expected = conv(images, g_in, g_out)
            out = conv(moved, g_in.translate(h), g_out.translate(h))
            errors.append(float((out - expected).norm() / expected.norm()))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.01 and errors[-1] < errors[0] * 6 / 15


def test_samples_are_not_stored_and_do_not_alias():
    # The published layer keeps both sets in one memory, of which the second overwrites the first.
    g_in, g_out = two_sets(SL(2), 3, 3)
    conv, x = GroupConv2d(2, 2, 3, SL(2)), torch.randn(1, 2, 3, 5, 5)
    copies = [t.clone() for s in (g_in, g_out) for t in (s.elements, s.inverses, s.log_weights)]
    first = conv(x, g_in, g_out)
    conv(x, g_out, g_in)
    assert torch.equal(conv(x, g_in, g_out), first)
    assert [name for name, _ in conv.named_buffers()] == ["taps"]
    given = [t for s in (g_in, g_out) for t in (s.elements, s.inverses, s.log_weights)]
    assert all(torch.equal(a, b) for a, b in zip(given, copies, strict=True))
    places = [t.untyped_storage().data_ptr() for t in given]
    assert len(set(places)) == len(places)


def test_the_kernel_is_continuous_at_the_identity_and_at_half_turns():
    conv, step = GroupConv2d(1, 1, 1, SO(2), mask="none").double(), 1e-6
    for angle in (0.0, torch.pi):
        angles = torch.tensor([angle - step, angle + step], dtype=torch.double)
        turns = torch.stack([angles.cos(), -angles.sin(), angles.sin(), angles.cos()], -1)
        g_in = SO(2).as_samples(turns.view(2, 2, 2))
        g_out = SO(2).as_samples(torch.eye(2, dtype=torch.double).unsqueeze(0))
        left, right = conv.kernel(g_in, g_out).flatten().detach().tolist()
        assert abs(left - right) < 1e-3


def test_refuses_features_of_other_samples():
    g_in, g_out = two_sets(SL(2))
    with pytest.raises(ValueError, match=r"'x' must be of shape \[B, 2, 4, h, w\] .*\[1, 2, 3"):
        GroupConv2d(2, 2, 3, SL(2))(torch.randn(1, 2, 3, 5, 5), g_in, g_out)


@pytest.mark.parametrize("name", ["g_in", "g_out"])
def test_refuses_samples_of_another_group(name):
    samples = {"g_in": SL(2).sample(4), "g_out": SL(2).sample(4)}
    samples[name] = SO(2).sample(4)
    with pytest.raises(ValueError, match=rf"'{name}' must be samples of SL\(2\).*SO\(2\)"):
        GroupConv2d(2, 2, 3, SL(2))(torch.randn(1, 2, 4, 5, 5), **samples)


def test_names_its_sizes():
    conv = GroupConv2d(2, 3, 5, GLPlus(2))
    assert repr(conv) == "GroupConv2d(2, 3, kernel_size=5, group=GLPlus(2))"
    assert conv.kernel_net.in_channels == 2 + 5
