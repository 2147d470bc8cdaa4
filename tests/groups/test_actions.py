import pytest
import torch

from pyg_symm.groups import (
    Action,
    icosahedral_rotations,
    random_orthogonal,
    sample_actions,
    spherical_harmonics,
)
from pyg_symm.groups.actions import as_actions


def action(dim=3, seed=0):
    """A reflection for the first seed, a rotation for the second one."""
    generator = torch.Generator().manual_seed(seed)
    matrix = random_orthogonal(1, dim, generator, torch.double)[0]
    matrix[0] *= torch.linalg.det(matrix).round() * (1 if seed else -1)
    return Action(matrix, torch.randn(dim, generator=generator, dtype=torch.double))


def product(a, b):
    return Action(a.matrix @ b.matrix, a.matrix @ b.translation + a.translation)


SHAPES = {
    "scalar": (4, 5),
    "pseudoscalar": (4, 5),
    "vector": (4, 5, 3),
    "pseudovector": (4, 3),
    "position": (4, 3),
    "frame": (4, 3, 2),
    "tensor": (4, 3, 3),
    "harmonics": (4, 2, 16),
    "pseudoharmonics": (4, 9),
}


@pytest.mark.parametrize("role", SHAPES)
def test_every_role_is_an_action(role):
    value = torch.randn(SHAPES[role], dtype=torch.double)
    a, b = action(seed=0), action(seed=1)
    both = a.on(b.on(value, role), role)
    torch.testing.assert_close(product(a, b).on(value, role), both)
    unit = Action(torch.eye(3), torch.zeros(3))
    torch.testing.assert_close(unit.on(value, role), value)
    assert a.on(value.float(), role).dtype == torch.float


def test_what_roles_mean():
    a = action()
    g, t = a
    x, y = torch.randn(2, 5, 3, dtype=torch.double)
    moved = a.on(x, "position") - a.on(y, "position")
    torch.testing.assert_close(moved, a.on(x - y, "vector"))
    torch.testing.assert_close(a.on(x, "position")[0], g @ x[0] + t)
    torch.testing.assert_close(a.on(x, "vector")[0], g @ x[0])
    cross = torch.linalg.cross(a.on(x, "vector"), a.on(y, "vector"))
    torch.testing.assert_close(a.on(torch.linalg.cross(x, y), "pseudovector"), cross)
    z = torch.randn(5, 3, dtype=torch.double)
    triple = (torch.linalg.cross(x, y) * z).sum(-1)
    moved = (cross * a.on(z, "vector")).sum(-1)
    torch.testing.assert_close(a.on(triple, "pseudoscalar"), moved)
    outer = x.unsqueeze(-1) * y.unsqueeze(-2)
    moved = a.on(x, "vector").unsqueeze(-1) * a.on(y, "vector").unsqueeze(-2)
    torch.testing.assert_close(a.on(outer, "tensor"), moved)
    columns = torch.stack([a.on(x, "vector"), a.on(y, "vector")], dim=-1)
    torch.testing.assert_close(a.on(torch.stack([x, y], dim=-1), "frame"), columns)


def test_harmonics_follow_their_vectors():
    v, w = torch.randn(2, 6, 3, dtype=torch.double)
    for seed in (0, 1):
        a = action(seed=seed)
        moved = spherical_harmonics(4, a.on(v, "vector"))
        torch.testing.assert_close(a.on(spherical_harmonics(4, v), "harmonics"), moved)
        # The vector y, z, x is the degree one: a cross product changes as pseudoharmonics.
        cross = torch.linalg.cross(a.on(v, "vector"), a.on(w, "vector"))
        axis = spherical_harmonics(1, torch.linalg.cross(v, w))[:, 1:]
        axis = torch.cat([torch.zeros(6, 1), axis], dim=1)
        torch.testing.assert_close(
            a.on(axis, "pseudoharmonics")[:, 1:], spherical_harmonics(1, cross)[:, 1:]
        )
    with pytest.raises(ValueError, match="'harmonics' in 2D"):
        action(dim=2).on(torch.ones(9), "harmonics")


def test_other_representations_and_values():
    a = action()
    assert a.on(torch.ones(2), lambda value, moved: value * moved.matrix.size(0)).tolist() == [3, 3]
    assert a.on("name", "scalar") == "name" and a.on(None, "scalar") is None
    whole = a.on(torch.randn(4, 3, dtype=torch.cdouble), "vector")
    assert whole.dtype == torch.cdouble


@pytest.mark.parametrize(
    "role, value, message",
    [
        ("arrow", torch.ones(3), r"'role' must be one of .* \(got 'arrow'\)"),
        ("vector", torch.ones(4, 2), r"the role 'vector' in 3D cannot have the shape \[4, 2\]"),
        ("position", torch.ones(()), r"the role 'position' in 3D cannot have the shape \[\]"),
        ("tensor", torch.ones(3), r"the role 'tensor' in 3D cannot have the shape \[3\]"),
        ("frame", torch.ones(2, 3), r"the role 'frame' in 3D cannot have the shape \[2, 3\]"),
        ("frame", torch.ones(3), r"the role 'frame' in 3D cannot have the shape \[3\]"),
        ("harmonics", torch.ones(3, 8), r"the role 'harmonics' in 3D cannot have the .*\[3, 8\]"),
        ("harmonics", torch.ones(()), r"the role 'harmonics' in 3D cannot have the shape \[\]"),
        ("vector", None, r"the role 'vector' in 3D cannot have the shape \[\]"),
    ],
)
def test_what_cannot_move(role, value, message):
    with pytest.raises(ValueError, match=message):
        action().on(value, role)


@pytest.mark.parametrize("dim", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "name, signs, moves, turns",
    [
        ("SO", [1], False, True),
        ("O", [1, -1], False, True),
        ("T", [1], True, False),
        ("SE", [1], True, True),
        ("E", [1, -1], True, True),
    ],
)
def test_groups_by_name(name, signs, moves, turns, dim):
    actions = sample_actions(f"{name}({dim})", 4)
    eye = torch.eye(dim, dtype=torch.double)
    for i, (g, t) in enumerate(actions):
        assert g.shape == (dim, dim) and t.shape == (dim,) and g.dtype == torch.double
        torch.testing.assert_close(g @ g.T, eye)
        assert round(float(g.det())) == signs[i % len(signs)]
        assert bool(t.any()) == moves
        assert torch.equal(g, eye) == (not turns or (dim == 1 and signs[i % len(signs)] == 1))
    again = sample_actions(f"{name}({dim})", 4)
    assert all(torch.equal(a.matrix, b.matrix) for a, b in zip(actions, again, strict=True))


@pytest.mark.parametrize("name", ["SO", "U(3)", "SO(0)", "E(3", "so(3)", ""])
def test_unknown_groups(name):
    with pytest.raises(ValueError, match=r"'group' must be SO\(n\), .* \(got"):
        sample_actions(name)


def test_elements_in_every_form():
    assert len(as_actions("E(3)")) == 6
    group = as_actions(icosahedral_rotations())
    assert len(group) == 60 and not group[7].translation.any()
    given = [action()]
    assert as_actions(given)[0] is given[0]


@pytest.mark.parametrize("elements", [torch.eye(3), torch.ones(2, 3, 2), torch.ones(0, 3, 3)])
def test_matrices_of_wrong_shapes(elements):
    with pytest.raises(ValueError, match=r"'elements' must be \[G, n, n\]"):
        as_actions(elements)


@pytest.mark.parametrize("elements", [[], [torch.eye(3)]])
def test_elements_that_are_none(elements):
    with pytest.raises(ValueError, match="'elements' must be a name, matrices or actions"):
        as_actions(elements)
