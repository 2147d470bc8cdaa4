import math

import pytest
import torch

from pyg_symm.groups import (
    axis_angle_rotation,
    cyclic_rotations,
    generated_group,
    icosahedral_group,
    icosahedral_rotations,
    octahedral_rotations,
    random_orthogonal,
    random_rotations,
    tetrahedral_rotations,
)

GROUPS = {
    "cyclic": (cyclic_rotations(7), 7, False),
    "tetrahedral": (tetrahedral_rotations(), 12, False),
    "octahedral": (octahedral_rotations(), 24, False),
    "icosahedral": (icosahedral_rotations(), 60, False),
    "inversion": (icosahedral_group(), 120, True),
}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", GROUPS)
def test_finite_groups(name):
    elements, order, reflects = GROUPS[name]
    dim = elements.size(-1)
    assert elements.dtype == torch.double and elements.shape == (order, dim, dim)
    eye = torch.eye(dim).double()
    assert torch.equal(elements[0], eye)
    torch.testing.assert_close(elements @ elements.mT, eye.expand_as(elements), atol=1e-15, rtol=0)
    det = torch.linalg.det(elements).round()
    assert det.unique().tolist() == ([-1.0, 1.0] if reflects else [1.0])
    distance = (elements.unsqueeze(1) - elements).abs().amax((-2, -1))
    assert (distance < 0.1).sum() == order, "two elements are equal"
    for element in elements:
        away = ((elements @ element).unsqueeze(1) - elements).abs().amax((-2, -1)).amin(1)
        assert away.max() < 1e-14, "not closed"


def test_groups_cannot_be_written_to():
    icosahedral_rotations().zero_()
    assert icosahedral_rotations().abs().sum() > 0


def test_infinite_groups_are_refused():
    turn = axis_angle_rotation(torch.tensor([0.0, 0.0, 1.0]).double(), 1.0)
    with pytest.raises(ValueError, match="'generators' give more than 50 elements"):
        generated_group(turn.unsqueeze(0), max_order=50)


@pytest.mark.parametrize("dim", [1, 2, 3, 5])
@pytest.mark.parametrize("draw, signs", [(random_rotations, [1]), (random_orthogonal, [-1, 1])])
def test_random_matrices(dim, draw, signs):
    matrices = draw(200, dim, seeded(), dtype=torch.double)
    eye = torch.eye(dim).double()
    torch.testing.assert_close(matrices @ matrices.mT, eye.expand_as(matrices))
    assert torch.linalg.det(matrices).round().unique().tolist() == signs
    assert torch.equal(matrices, draw(200, dim, seeded(), dtype=torch.double))
    other = draw(200, dim, seeded(1), dtype=torch.double)
    assert torch.equal(matrices, other) == (dim == 1 and signs == [1])
    assert draw(0, dim).shape == (0, dim, dim) and draw(1, dim).dtype == torch.float


@pytest.mark.parametrize("dim", [2, 3, 4])
@pytest.mark.parametrize("draw", [random_rotations, random_orthogonal])
def test_random_matrices_follow_the_haar_measure(dim, draw):
    matrices = draw(40_000, dim, seeded(), dtype=torch.double)
    # Means of all entries are zero, and of their squares 1 / n. In SO(2) entries are the same
    # up to sign, but the moments of each one still hold.
    assert matrices.mean(0).abs().max() < 0.02
    torch.testing.assert_close(
        matrices.square().mean(0), torch.full((dim, dim), 1 / dim).double(), atol=0.02, rtol=0
    )
    # The trace of a Haar matrix has the mean square one; for SO(2), 4 cos^2 has two.
    wanted = 2.0 if dim == 2 and draw is random_rotations else 1.0
    trace = matrices.diagonal(dim1=1, dim2=2).sum(-1)
    assert abs(trace.square().mean() - wanted) < 0.04
    # A fixed rotation of all matrices changes no moment, from either side.
    fixed = random_rotations(1, dim, seeded(3), dtype=torch.double)[0]
    for moved in (fixed @ matrices, matrices @ fixed):
        assert abs(moved.pow(4).mean() - matrices.pow(4).mean()) < 0.01


def test_axis_and_angle():
    axes = torch.randn(50, 3, generator=seeded(), dtype=torch.double) * 5
    angles = torch.linspace(-3, 3, 50).double()
    matrices = axis_angle_rotation(axes, angles)
    assert matrices.shape == (50, 3, 3)
    generators = torch.linalg.cross(axes.unsqueeze(1), torch.eye(3).double().expand(50, 3, 3)).mT
    unit = generators / axes.norm(dim=1).view(-1, 1, 1)
    torch.testing.assert_close(matrices, torch.linalg.matrix_exp(unit * angles.view(-1, 1, 1)))
    torch.testing.assert_close((matrices @ axes.unsqueeze(-1)).squeeze(-1), axes)
    # Counter-clockwise about z: x goes to y.
    turned = axis_angle_rotation(torch.tensor([0.0, 0.0, 2.0]), math.pi / 2)[:, 0]
    torch.testing.assert_close(turned, torch.tensor([0.0, 1.0, 0.0]))


def test_small_angles_keep_their_digits():
    small = axis_angle_rotation(torch.tensor([0.0, 0.0, 1.0]), 1e-4)
    assert float(small[1, 0]) == pytest.approx(1e-4, rel=1e-6)
    assert float(1 - small.double()[0, 0]) == pytest.approx(0.0, abs=6e-8)


def test_axes_without_a_direction():
    axes = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 2.0]], requires_grad=True)
    matrices = axis_angle_rotation(axes, torch.tensor([0.0, 0.5]))
    torch.testing.assert_close(matrices[0], torch.eye(3))
    torch.testing.assert_close(matrices[1], axis_angle_rotation(axes[1], 0.5))
    assert torch.autograd.grad(matrices.sum(), axes)[0].isfinite().all()
    with pytest.raises(ValueError, match="'axis' must not be zero for an angle of 0.5"):
        axis_angle_rotation(axes, 0.5)


def test_cyclic_rotations_are_ordered():
    fourth = cyclic_rotations(8)[2]
    torch.testing.assert_close(fourth, torch.tensor([[0.0, -1.0], [1.0, 0.0]]).double())


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda: random_rotations(-1), "'num'"),
        (lambda: random_orthogonal(1, 0), "'dim'"),
        (lambda: cyclic_rotations(0), "'order'"),
        (lambda: axis_angle_rotation(torch.ones(2), 1.0), "'axis'"),
        (lambda: axis_angle_rotation(torch.ones(3).long(), 1.0), "'axis'"),
    ],
)
def test_bad_input(call, name):
    with pytest.raises(ValueError, match=name):
        call()
