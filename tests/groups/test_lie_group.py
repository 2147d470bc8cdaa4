import math

import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus, random_rotations
from pyg_symm.groups.haar_density import haar_log_density
from pyg_symm.groups.symmetric_matrices import symmetric_part

GROUPS = [SO(2), SO(3), SL(2), SL(3), SL(4), GLPlus(2), GLPlus(3), GLPlus(4)]
NOT_COMPACT = [SL(2), SL(3), GLPlus(2), GLPlus(3)]


def of_condition(group, condition, num=100):
    """Elements with given condition number."""
    generator = torch.Generator().manual_seed(0)
    u = random_rotations(num, group.n, generator, torch.double)
    v = random_rotations(num, group.n, generator, torch.double)
    logs = torch.rand(num, group.n, generator=generator, dtype=torch.double)
    low, high = logs.amin(1, keepdim=True), logs.amax(1, keepdim=True)
    logs = (logs - low) / (high - low) * math.log(condition)
    return (u * (logs - logs.mean(1, keepdim=True)).exp().unsqueeze(1)) @ v


@pytest.mark.parametrize("group", GROUPS[2:], ids=str)
def test_chart(group, float64):
    a = of_condition(group, 1e3)
    y, r = group.to_chart(a)
    torch.testing.assert_close(y, y.mT)
    torch.testing.assert_close(r @ r.mT, torch.eye(group.n).expand_as(r), atol=1e-10, rtol=0)
    assert (torch.linalg.det(r) > 0).all()
    torch.testing.assert_close(group.from_chart(y, r), a, atol=1e-10, rtol=0)
    if not group.has_det:
        assert y.diagonal(dim1=1, dim2=2).sum(1).abs().max() < 1e-10
        det = torch.linalg.det(group.from_chart(y, r))
        torch.testing.assert_close(det, torch.ones_like(det), atol=1e-10, rtol=0)


@pytest.mark.parametrize("group", GROUPS[2:], ids=str)
def test_chart_in_float32(group):
    a = of_condition(group, 1e3).float()
    y, r = group.to_chart(a)
    assert y.dtype == r.dtype == torch.float
    error = group.from_chart(y, r) - a
    assert (error.abs().amax((1, 2)) / a.abs().amax((1, 2))).max() < 1e-4


@pytest.mark.parametrize("group", [SL(2), GLPlus(2)], ids=str)
def test_element_without_a_logarithm(group, float64):
    a = torch.diag(torch.tensor([-2.0, -0.5]))
    y, r = group.to_chart(a)
    torch.testing.assert_close(group.from_chart(y, r), a, atol=1e-12, rtol=0)
    torch.testing.assert_close(r, -torch.eye(2), atol=1e-15, rtol=0)
    assert group.coordinates(a).isfinite().all()


def test_rotations_have_a_trivial_chart(float64):
    r = random_rotations(4, 3)
    y, same = SO(3).to_chart(r)
    assert not y.any() and torch.equal(same, r)
    torch.testing.assert_close(SO(3).from_chart(y, r), r)


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_dimensions(group):
    n = group.n
    symmetric = {SO: 0, SL: n * (n + 1) // 2 - 1, GLPlus: n * (n + 1) // 2}[type(group)]
    assert group.symmetric_dim == symmetric
    assert group.dim == {SO: n * (n - 1) // 2, SL: n * n - 1, GLPlus: n * n}[type(group)]
    coordinates = group.coordinates(group.sample(5).elements)
    assert coordinates.shape == (5, group.coordinates_dim)


def test_coordinates_of_the_plane(float64):
    angle = torch.linspace(-10, 10, 50)
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(-1, 2, 2)
    expected = torch.stack([angle.cos() - 1, angle.sin()], 1)
    torch.testing.assert_close(SO(2).coordinates(turn), expected)
    y = torch.tensor([[0.3, 0.1], [0.1, -0.3]])
    found = SL(2).coordinates(torch.linalg.matrix_exp(y) @ turn)
    torch.testing.assert_close(found[:, :2], expected)
    symmetric = torch.tensor([0.3, 0.1]) * math.sqrt(2)
    torch.testing.assert_close(found[:, 2:], symmetric.expand(50, 2))
    found = GLPlus(2).coordinates(torch.linalg.matrix_exp(y + 0.2 * torch.eye(2)) @ turn)
    torch.testing.assert_close(found[:, 4], torch.tensor(0.2 * math.sqrt(2)).expand(50))


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_the_length_of_symmetric_coordinates_is_that_of_the_matrix(group, float64):
    a = group.sample(5).elements
    y, _ = group.to_chart(a)
    symmetric = group.coordinates(a)[:, group.coordinates_dim - group.symmetric_dim :]
    torch.testing.assert_close(symmetric.square().sum(1), y.square().sum((1, 2)))
    assert not group.coordinates(torch.eye(group.n)).any()


@pytest.mark.parametrize("group", [SO(2), SL(2), GLPlus(2), SL(3)], ids=str)
def test_coordinates_are_continuous(group, float64):
    """Across the identity and half a turn, and everywhere between."""
    step = 1e-3
    angle = torch.arange(-math.pi - 0.1, math.pi + 0.1, step)
    turn = torch.eye(group.n).repeat(len(angle), 1, 1)
    turn[:, 0, 0] = turn[:, 1, 1] = angle.cos()
    turn[:, 1, 0] = angle.sin()
    turn[:, 0, 1] = -angle.sin()
    for a in (torch.eye(group.n), group.sample(3, std=1.0).elements[2]):
        coordinates = group.coordinates(turn @ a)
        assert coordinates.diff(dim=0).abs().max() < 4 * step


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_relative_coordinates(group, float64):
    out = group.sample(3, torch.Generator().manual_seed(0))
    into = group.sample(4, torch.Generator().manual_seed(1))
    found = group.relative_coordinates(out.inverses, into.elements)
    assert found.shape == (3, 4, group.coordinates_dim)
    expected = group.coordinates(torch.linalg.inv(out.elements[2]) @ into.elements[1])
    torch.testing.assert_close(found[2, 1], expected)
    h = group.sample(1, torch.Generator().manual_seed(2)).elements[0]
    out, into = out.translate(h), into.translate(h)
    again = group.relative_coordinates(out.inverses, into.elements)
    torch.testing.assert_close(again, found, atol=1e-10, rtol=0)


def test_relative_coordinates_keep_full_precision_under_autocast():
    samples = SL(3).sample(4)
    expected = SL(3).relative_coordinates(samples.inverses, samples.elements)
    with torch.autocast("cpu", torch.bfloat16):
        found = SL(3).relative_coordinates(samples.inverses, samples.elements)
    assert found.dtype == torch.float and torch.equal(found, expected)


@pytest.mark.parametrize("group", NOT_COMPACT[:3], ids=str)
def test_derivatives_of_the_chart_at_the_identity(group, float64):
    eye = torch.eye(group.n)
    zero = torch.zeros(group.n, group.n, requires_grad=True)
    a = eye.clone().requires_grad_()
    for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        assert check(lambda y: group.from_chart(y, eye), (zero,))
        assert check(group.to_chart, (a,))
        assert check(group.coordinates, (a,))
        assert check(lambda y: group.coordinates(group.from_chart(y, eye)), (zero,))


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_density(group, float64):
    y = symmetric_part(torch.randn(5, group.n, group.n))
    torch.testing.assert_close(group.haar_log_density(y), haar_log_density(y))
    with pytest.raises(ValueError, match="'Y' must be of shape"):
        group.haar_log_density(y[..., 0])


@pytest.mark.parametrize("match, wrong", [("orthogonal", 2.0), ("determinant above 0", -1.0)])
def test_charts_want_rotations(match, wrong):
    with pytest.raises(ValueError, match=f"'R' must .*{match}"):
        GLPlus(3).from_chart(torch.zeros(3, 3), wrong * torch.eye(3))


def test_charts_refuse_other_types():
    with pytest.raises(ValueError, match="'Y' must be a tensor of type float32 or float64"):
        GLPlus(2).from_chart(torch.zeros(2, 2).half(), torch.eye(2))
    with pytest.raises(ValueError, match="'R' must be of the type of 'Y', torch.float32"):
        GLPlus(2).from_chart(torch.zeros(2, 2), torch.eye(2).double())
