import math

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from pyg_symm.groups import (
    OrientationGrid,
    bundle_invariants,
    frame_invariants,
    point_invariants,
    position_invariants,
    random_orthogonal,
    random_rotations,
)
from pyg_symm.groups.invariants import safe_norm

NUM = 7
EDGES = torch.ones(NUM, NUM).nonzero().T  # Self-loops included.


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def points(dim, dtype=torch.double, seed=0):
    pos = torch.randn(NUM, dim, generator=seeded(seed), dtype=torch.double).to(dtype)
    orientation = torch.randn(NUM, dim, generator=seeded(seed + 1), dtype=torch.double)
    return pos, (orientation / orientation.norm(dim=1, keepdim=True)).to(dtype)


def frames(dim, dtype=torch.double):
    return random_rotations(NUM, dim, seeded(2), dtype=dtype)


def motions(dim, reflect, dtype=torch.double):
    draw = random_orthogonal if reflect else random_rotations
    shifts = torch.randn(6, dim, generator=seeded(4), dtype=torch.double).to(dtype)
    return zip(draw(6, dim, seeded(3), dtype=dtype), shifts, strict=True)


@pytest.mark.parametrize("dim", [2, 3])
def test_values(dim):
    """A literal transcription, one edge at a time."""
    pos, orientation = points(dim)
    grid = OrientationGrid(5, dim).points
    frame = frames(dim)
    out = {
        "position": position_invariants(pos, EDGES),
        "bundle": bundle_invariants(pos, EDGES, grid),
        "point": point_invariants(pos, orientation, EDGES),
        "complete": point_invariants(pos, orientation, EDGES, complete=True),
        "frame": frame_invariants(pos, frame, EDGES),
    }
    sizes = {"position": 1, "point": 3, "complete": 4, "frame": dim + dim**2}
    for name, size in sizes.items():
        assert out[name].shape == (NUM**2, size)
    assert out["bundle"].shape == (NUM**2, 5, 2)
    assert torch.equal(out["point"], out["complete"][:, :3])

    def second(r, o):
        if dim == 2:
            return r[1] * o[0] - r[0] * o[1]
        return torch.linalg.cross(r, o).norm()

    for e, (j, i) in enumerate(EDGES.T.tolist()):
        r, o_i, o_j = pos[j] - pos[i], orientation[i], orientation[j]
        last = r @ o_j if dim == 3 else o_i[0] * o_j[1] - o_i[1] * o_j[0]
        complete = torch.stack([r @ o_i, second(r, o_i), o_i @ o_j, last])
        torch.testing.assert_close(out["complete"][e], complete, atol=1e-14, rtol=0)
        torch.testing.assert_close(out["position"][e, 0], r.norm(), atol=1e-14, rtol=0)
        bundle = torch.stack([torch.stack([r @ o, second(r, o)]) for o in grid])
        torch.testing.assert_close(out["bundle"][e], bundle, atol=1e-14, rtol=0)
        relative = torch.cat([frame[i].T @ r, (frame[i].T @ frame[j]).flatten()])
        torch.testing.assert_close(out["frame"][e], relative, atol=1e-14, rtol=0)


@pytest.mark.parametrize("dtype, tol", [(torch.double, 1e-13), (torch.float, 2e-5)])
@pytest.mark.parametrize("dim", [2, 3])
def test_invariance(dim, dtype, tol):
    pos, orientation = points(dim, dtype)
    grid, frame = OrientationGrid(6, dim).points, frames(dim, dtype)

    def check(a, b):
        assert a.dtype == dtype
        torch.testing.assert_close(a, b, atol=tol, rtol=0)

    for g, t in motions(dim, True, dtype):
        moved, turned = pos @ g.T + t, orientation @ g.T
        check(position_invariants(moved, EDGES), position_invariants(pos, EDGES))
        if dim == 3:
            for full in (False, True):
                out = point_invariants(moved, turned, EDGES, full)
                check(out, point_invariants(pos, orientation, EDGES, full))
            out = bundle_invariants(moved, EDGES, grid @ g.T.double())
            check(out, bundle_invariants(pos, EDGES, grid))
    for g, t in motions(dim, False, dtype):
        moved, turned = pos @ g.T + t, orientation @ g.T
        for full in (False, True):
            out = point_invariants(moved, turned, EDGES, full)
            check(out, point_invariants(pos, orientation, EDGES, full))
        out = bundle_invariants(moved, EDGES, grid @ g.T.double())
        check(out, bundle_invariants(pos, EDGES, grid))
        check(frame_invariants(moved, g @ frame, EDGES), frame_invariants(pos, frame, EDGES))


def test_reflections_of_the_plane_change_signs():
    pos, orientation = points(2)
    mirror = torch.tensor([1.0, -1.0]).double()
    out = point_invariants(pos * mirror, orientation * mirror, EDGES, True)
    sign = torch.tensor([1.0, -1.0, 1.0, -1.0]).double()
    torch.testing.assert_close(out, point_invariants(pos, orientation, EDGES, True) * sign)


@pytest.mark.parametrize("dim, reflect", [(2, False), (3, True)])
def test_complete_invariants_tell_pairs_apart(dim, reflect):
    """Of pairs with equal invariants, one is a moved copy of the other; three are not enough."""
    edge = torch.tensor([[1], [0]])
    pos = torch.zeros(2, dim).double()
    pos[1, 0] = 1.0
    a, b = torch.zeros(2, dim).double(), torch.zeros(2, dim).double()
    a[0, -1] = b[0, -1] = 1.0  # The receiver's orientation is across `r`.
    if dim == 3:  # The azimuth of the other orientation about it: along `r`, or across.
        a[1, 0] = 1.0
        b[1, 1] = 1.0
    else:
        a[1] = torch.tensor([0.6, 0.8])
        b[1] = torch.tensor([-0.6, 0.8])
    assert torch.equal(point_invariants(pos, a, edge), point_invariants(pos, b, edge))
    full = [point_invariants(pos, o, edge, True) for o in (a, b)]
    assert (full[0] - full[1]).abs().max() > 0.5


def special(dim):
    """Coincident points, and a vector along an orientation to the last bit, or nearly."""
    pos, orientation = points(dim)
    pos[1] = pos[0]
    pos[3] = pos[2] + 1.7 * orientation[2]
    pos[4] = pos[2] - 0.3 * orientation[2]
    r = pos[6] - pos[5]
    orientation[5] = orientation[6] = r / r.norm()
    return pos, orientation


FUNCTIONS = {
    "position": lambda pos, o: position_invariants(pos, EDGES),
    "bundle": lambda pos, o: bundle_invariants(pos, EDGES, o),
    "point": lambda pos, o: point_invariants(pos, o, EDGES),
    "complete": lambda pos, o: point_invariants(pos, o, EDGES, complete=True),
    "frame": lambda pos, o: frame_invariants(pos, frames(pos.size(1), pos.dtype), EDGES),
}


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("dtype", [torch.double, torch.float], ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_are_finite_at_special_points(name, dim, dtype):
    pos, orientation = (t.to(dtype).requires_grad_() for t in special(dim))
    out = FUNCTIONS[name](pos, orientation)
    weight = torch.randn(out.shape, generator=seeded(8)).to(dtype)
    inputs = [pos, orientation] if name in ("bundle", "point", "complete") else [pos]
    grads = torch.autograd.grad((out * weight).sin().sum(), inputs, create_graph=True)
    loss = sum((grad * grad.detach().cos()).sum() for grad in grads)
    second = torch.autograd.grad(loss, inputs)
    for grad in (*grads, *second):
        assert grad.isfinite().all()
        assert grad.abs().max() < 1e4, "round-off was divided by round-off"


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradcheck(name, dim):
    pos, orientation = (t.requires_grad_() for t in points(dim))
    assert gradcheck(FUNCTIONS[name], (pos, orientation))
    pos, orientation = (t.requires_grad_() for t in points(dim, seed=5))
    assert gradgradcheck(FUNCTIONS[name], (pos, orientation))


@pytest.mark.parametrize("name", ["position", "bundle", "point", "complete"])
def test_gradcheck_at_special_points(name):
    # The norms have a kink there, whose slopes from both sides have the mean zero.
    pos = special(3)[0].requires_grad_()
    orientation = special(3)[1]
    assert gradcheck(lambda pos: FUNCTIONS[name](pos, orientation), (pos,))


@pytest.mark.parametrize("dtype", [torch.double, torch.float], ids=str)
def test_edges_as_orientations_lose_no_digits(dtype):
    pos = points(3, dtype)[0] * 10
    row, col = EDGES[:, EDGES[0] != EDGES[1]]
    r = pos[row] - pos[col]
    unit = r / r.norm(dim=1, keepdim=True)
    lifted = torch.arange(len(r))
    # Each edge as a point at its receiver, that sees its own sender.
    where = torch.cat([pos[col], pos[row]])
    out = point_invariants(
        where, torch.cat([unit, unit]), torch.stack([lifted + len(r), lifted]), complete=True
    )
    torch.testing.assert_close(out[:, 0], r.norm(dim=1))
    assert torch.equal(out[:, 1], torch.zeros(len(r), dtype=dtype))
    # Beside it, at an angle of 1e-3, digits are relative to the small value.
    tilted = unit + 1e-3 * torch.linalg.cross(unit, unit.roll(1, 1))
    tilted = tilted / tilted.norm(dim=1, keepdim=True)
    out = point_invariants(
        where, torch.cat([tilted, tilted]), torch.stack([lifted + len(r), lifted])
    )
    exact = torch.linalg.cross((where[len(r) :] - where[: len(r)]).double(), tilted.double())
    relative = (out[:, 1].double() / exact.norm(dim=1) - 1).abs().max()
    assert relative < (1e-12 if dtype == torch.double else 2e-3)


def test_grids_are_cast_to_the_positions():
    pos = points(3, torch.float)[0]
    grid = OrientationGrid(12).points
    out = bundle_invariants(pos, EDGES, grid)
    assert out.dtype == torch.float
    torch.testing.assert_close(out, bundle_invariants(pos.double(), EDGES, grid).float())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_autocast_does_not_round(name):
    pos, orientation = points(3, torch.float)
    expected = FUNCTIONS[name](pos, orientation)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(FUNCTIONS[name](pos, orientation), expected)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_compiles_without_a_break(name):
    pos, orientation = special(3)
    frame = frames(3)  # Drawn outside: a generator breaks the graph.
    function = FUNCTIONS[name]
    if name == "frame":

        def function(pos, orientation):
            return frame_invariants(pos, frame, EDGES)

    compiled = torch.compile(function, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(pos, orientation), function(pos, orientation))


def test_safe_norm():
    vector = torch.randn(4, 5, 3, dtype=torch.double, generator=seeded())
    vector[1, 2] = 0
    out = safe_norm(vector)
    assert out.shape == (4, 5, 1)
    torch.testing.assert_close(out.squeeze(-1), vector.norm(dim=-1), atol=1e-15, rtol=1e-15)
    assert gradcheck(safe_norm, (vector.requires_grad_(),))
    threshold = torch.full((4, 5, 1), 2.0).double()
    expected = torch.where(vector.norm(dim=-1, keepdim=True) > 2**0.5, out, 0.0)
    torch.testing.assert_close(safe_norm(vector, threshold), expected)


def test_no_number_has_no_norm():
    vector = torch.tensor([[math.nan, 0.0, 1.0], [3.0, 0.0, 4.0]])
    assert safe_norm(vector)[0].isnan() and safe_norm(vector)[1] == 5


@pytest.mark.parametrize("num, dim", [(0, 3), (1, 2), (4, 3)])
def test_without_edges(num, dim):
    none = torch.empty(2, 0, dtype=torch.long)
    pos = torch.randn(num, dim)
    assert position_invariants(pos, none).shape == (0, 1)
    assert bundle_invariants(pos, none, OrientationGrid(5, dim).points).shape == (0, 5, 2)
    assert point_invariants(pos, pos, none).shape == (0, 3)
    assert frame_invariants(pos, torch.zeros(num, dim, dim), none).shape == (0, dim + dim**2)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda p, e: position_invariants(p[0], e), r"'pos' must be of shape .*\[3\]"),
        (lambda p, e: position_invariants(torch.ones(7, 4), e), r"'pos' must be of shape"),
        (lambda p, e: position_invariants(p.half(), e), r"'pos' must be float32 or .*float16"),
        (lambda p, e: position_invariants(p.bfloat16(), e), r"'pos' must be .*bfloat16"),
        (lambda p, e: position_invariants(p.long(), e), r"'pos' must be .*int64"),
        (lambda p, e: position_invariants(p, e[:1]), r"'edge_index' must be integers"),
        (lambda p, e: position_invariants(p, e.double()), r"'edge_index' must be integers"),
        (
            lambda p, e: bundle_invariants(p[:, :2], e, OrientationGrid(4).points),
            r"orientations must be of shape \[O, 2\] for positions in 2D \(got \[4, 3\]\)",
        ),
        (lambda p, e: point_invariants(p, p[:2], e), r"orientations must be of shape \[7, 3\]"),
        (lambda p, e: frame_invariants(p, p, e), r"'frame' must be of shape \[7, 3, 3\]"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(points(3, torch.float)[0], EDGES)
