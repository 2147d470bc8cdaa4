import pytest
import torch

from pyg_symm.groups import Action, icosahedral_group, random_rotations, sample_actions
from pyg_symm.testing import assert_equivariant_under, equivariance_error


def inputs(dtype=torch.double, num=5, dim=3):
    generator = torch.Generator().manual_seed(0)
    x, pos, vec = torch.randn(3, num, dim, generator=generator, dtype=torch.double).to(dtype)
    return {"x": x, "pos": pos, "vec": vec}


def right(x, pos, vec):
    """Scalars, vectors, and a third result by name."""
    apart = pos - pos.mean(0)
    return {
        "scalar": (x * apart.norm(dim=1, keepdim=True)).sin() + (vec * apart).sum(1, keepdim=True),
        "vector": apart * x.sum(1, keepdim=True) + 2 * vec,
        "axis": torch.linalg.cross(apart, vec),
        "volume": torch.linalg.det(apart[:3]),
    }


OUTPUTS = {
    "scalar": "scalar",
    "vector": "vector",
    "axis": "pseudovector",
    "volume": "pseudoscalar",
}


@pytest.mark.parametrize("dtype", [torch.double, torch.float], ids=str)
@pytest.mark.parametrize("elements", ["SO(3)", "O(3)", "T(3)", "SE(3)", "E(3)"])
def test_right_models_pass(elements, dtype):
    errors = assert_equivariant_under(right, inputs(dtype), elements, OUTPUTS)
    assert errors.shape == (6, 4) and errors.dtype == torch.double
    assert errors.max() < (1e-13 if dtype == torch.double else 1e-4)


def test_finite_groups():
    errors = assert_equivariant_under(right, inputs(), icosahedral_group(), OUTPUTS)
    assert errors.shape == (120, 4)


def wrong(name, change):
    """The right model with one result changed by a little."""

    def model(x, pos, vec):
        out = right(x, pos, vec)
        return {**out, name: out[name] + 1e-6 * change(x, pos, vec)}

    return model


BREAKS = {
    "absolute position": ("scalar", lambda x, pos, vec: pos.norm(dim=1, keepdim=True)),
    "coordinate": ("scalar", lambda x, pos, vec: (pos - pos.mean(0))[:, :1]),
    "handedness": (
        "scalar",
        lambda x, pos, vec: torch.linalg.det(pos[:3] - pos.mean(0)),
    ),
    "fixed direction": ("vector", lambda x, pos, vec: torch.ones(3)),
    "cross product": ("vector", lambda x, pos, vec: torch.linalg.cross(vec, pos - pos.mean(0))),
    "scaled axes": ("vector", lambda x, pos, vec: vec * torch.tensor([1, 1, 1.1])),
}


@pytest.mark.parametrize(
    "name, elements, message",
    [
        ("absolute position", "T(3)", "translation . of 6 is not followed"),
        ("absolute position", "E(3)", "(rotation|reflection) . of 6 is not followed"),
        ("coordinate", "SO(3)", "rotation 0 of 6 is not followed"),
        ("handedness", "O(3)", "reflection 1 of 6 is not followed"),
        ("fixed direction", "SO(3)", "rotation 0"),
        ("cross product", "E(3)", "reflection 1"),
        ("scaled axes", "SO(3)", "rotation 0"),
    ],
)
def test_wrong_models_are_caught(name, elements, message):
    with pytest.raises(AssertionError, match=message):
        assert_equivariant_under(wrong(*BREAKS[name]), inputs(), elements, OUTPUTS)


@pytest.mark.parametrize(
    "name, elements",
    [
        ("absolute position", "SO(3)"),
        ("coordinate", "T(3)"),
        ("handedness", "SE(3)"),
        ("cross product", "SE(3)"),
    ],
)
def test_wrong_models_have_the_rest_of_their_symmetry(name, elements):
    assert_equivariant_under(wrong(*BREAKS[name]), inputs(), elements, OUTPUTS)


def test_not_a_number_is_caught():
    def model(pos):
        return pos.sum() / 0 * 0

    with pytest.raises(AssertionError, match="relative error nan"):
        assert_equivariant_under(model, {"pos": torch.ones(2, 3)}, "E(3)")


def test_the_error_is_relative():
    def model(scale):
        def function(pos):
            return scale * (torch.pdist(pos) + 1e-3 * pos.pow(2).sum())

        return function

    given = {"pos": inputs()["pos"]}
    small, large = (equivariance_error(model(s), given, "T(3)") for s in (1e-6, 1e6))
    torch.testing.assert_close(small, large)
    action = sample_actions("T(3)")[2]
    first, moved = model(1.0)(given["pos"]), model(1.0)(given["pos"] + action.translation)
    assert float(large[2, 0]) == pytest.approx(float((moved - first).norm() / first.norm()))


def test_tolerances():
    model = wrong(*BREAKS["coordinate"])
    assert_equivariant_under(model, inputs(), "SO(3)", OUTPUTS, tol=1e-4)
    assert_equivariant_under(model, inputs(torch.float), "SO(3)", OUTPUTS)  # Its own tolerance.
    with pytest.raises(AssertionError, match=r"relative error \d\.\d+e-06 of output 0, more than"):
        assert_equivariant_under(model, inputs(), "SO(3)", OUTPUTS, tol=1e-9)


def test_small_results_are_compared_absolutely():
    noise = iter(torch.randn(7, 4, dtype=torch.double) * 1e-15)
    given = {"pos": inputs()["pos"]}
    assert_equivariant_under(lambda pos: next(noise), given, "E(3)")
    noise = iter(torch.randn(7, 4, dtype=torch.double) * 1e-15)
    assert equivariance_error(lambda pos: next(noise), given, "E(3)").min() > 0.1
    noise = iter(torch.randn(7, 10_000, dtype=torch.double) * 4e-13)
    assert_equivariant_under(lambda pos: next(noise), given, "E(3)")  # Whatever their number.
    # That is no way out for a model with small results.
    with pytest.raises(AssertionError):
        assert_equivariant_under(lambda pos: 1e-8 * pos.sum(1), given, "SO(3)")


def test_zeros_and_nothing():
    given = {"pos": inputs()["pos"]}
    assert not equivariance_error(lambda pos: pos * 0, given, "E(3)", "vector").any()
    assert not equivariance_error(lambda pos: pos[:0], given, "E(3)", "vector").any()


def test_roles_of_inputs():
    def model(pos, frame, spin, weight):
        local = (frame.mT @ (pos - pos.mean(0)).unsqueeze(-1)).squeeze(-1)
        return local * weight, torch.linalg.cross(pos - pos.mean(0), spin)

    given = {
        "pos": inputs()["pos"],
        "frame": random_rotations(5, dtype=torch.double),
        "spin": torch.randn(5, 3, dtype=torch.double),
        "weight": 2.0,
    }
    roles = {"frame": "frame", "spin": "pseudovector"}
    outputs = ("scalar", "vector")
    assert_equivariant_under(model, given, "E(3)", outputs, roles=roles)
    for name in roles:
        other = {**roles, name: "scalar"}
        with pytest.raises(AssertionError, match="is not followed"):
            assert_equivariant_under(model, given, "E(3)", outputs, roles=other)


def test_other_representations_and_groups():
    """Affine maps of the plane on monomials of degree two, as functions of the action."""

    def squares(pos):
        x, y = pos.unbind(-1)
        return torch.stack([x * x, x * y, y * y], dim=-1)

    def symmetric_square(value, action):
        (a, b), (c, d) = action.matrix.tolist()
        rows = [[a * a, 2 * a * b, b * b], [a * c, a * d + b * c, b * d], [c * c, 2 * c * d, d * d]]
        return value @ torch.tensor(rows, dtype=torch.double).T

    shear = torch.tensor([[[1.0, 0.7], [0.0, 1.0]], [[2.0, 0.1], [0.3, 0.4]]], dtype=torch.double)
    given = {"pos": torch.randn(6, 2, dtype=torch.double)}
    assert_equivariant_under(squares, given, shear, symmetric_square)
    with pytest.raises(AssertionError, match="linear map 0 of 2"):
        assert_equivariant_under(squares, given, shear)
    twice = [Action(shear[0], torch.ones(2))]
    with pytest.raises(AssertionError):
        assert_equivariant_under(squares, given, twice, symmetric_square)


def test_models_that_use_gradients():
    def forces(pos):
        energy = torch.pdist(pos).reciprocal().sum()
        return energy, -torch.autograd.grad(energy, pos)[0]

    given = {"pos": inputs()["pos"].requires_grad_()}
    assert_equivariant_under(forces, given, "E(3)", ("scalar", "vector"))


def test_inputs_are_left_alone():
    given = inputs()
    before = {name: value.clone() for name, value in given.items()}
    assert_equivariant_under(right, given, "E(3)", OUTPUTS)
    assert all(torch.equal(given[name], before[name]) for name in before)


def test_results_that_are_none():
    errors = assert_equivariant_under(
        lambda pos: (None, pos), {"pos": inputs()["pos"]}, "E(3)", ("scalar", "position")
    )
    assert errors.shape == (6, 1)


@pytest.mark.parametrize(
    "outputs, roles, message",
    [
        ("scalar", {}, "'outputs' must be nested like the result"),
        (("scalar", "vector", "scalar"), {}, "'outputs' must be nested like the result"),
        (("scalar", "arrow"), {}, r"'role' must be one of .*got 'arrow'"),
        (("scalar", "tensor"), {}, "the role 'tensor' in 3D cannot have the shape"),
        (("scalar", "vector"), {"pos": "arrow"}, "'pos': 'role' must be one of"),
        (("scalar", "vector"), {"other": "vector"}, r"'roles' names \['other'\]"),
    ],
)
def test_bad_arguments(outputs, roles, message):
    def model(pos):
        return pos.sum(), pos[0]

    with pytest.raises(ValueError, match=message):
        assert_equivariant_under(model, {"pos": torch.ones(2, 3)}, "E(3)", outputs, roles=roles)


def test_positions_of_another_dimension():
    with pytest.raises(
        ValueError, match=r"'pos': the role 'position' in 3D cannot have .*\[2, 2\]"
    ):
        assert_equivariant_under(lambda pos: pos.sum(), {"pos": torch.ones(2, 2)}, "E(3)")


def test_results_that_change_their_shape():
    def model(pos):
        return pos[pos[:, 0] > 0]

    with pytest.raises(AssertionError, match="shape"):
        assert_equivariant_under(model, {"pos": inputs(num=20)["pos"]}, "SO(3)", "vector")


def test_numbers_are_no_results():
    with pytest.raises(ValueError, match="a result must be a tensor"):
        assert_equivariant_under(lambda pos: 1.0, {"pos": torch.ones(2, 3)}, "E(3)")
