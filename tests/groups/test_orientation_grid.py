import copy
import io
import pickle

import pytest
import torch

from pyg_symm.groups import OrientationGrid, icosahedral_group, random_rotations
from pyg_symm.groups.polyhedra import POLYHEDRA


class Model(torch.nn.Module):
    """A grid inside of a model, as it is used."""

    def __init__(self, *args, **kwargs):
        super().__init__()
        self.grid = OrientationGrid(*args, **kwargs)
        self.lin = torch.nn.Linear(2, 2)


ARGUMENTS = [(5,), (12,), (32,), (62,), (12, 3, "repulsion"), (7, 2), (10, 2, "circle")]


@pytest.mark.parametrize("args", ARGUMENTS)
def test_what_it_holds(args):
    grid = OrientationGrid(*args)
    num, dim = args[0], args[1] if len(args) > 1 else 3
    assert (grid.num, grid.dim) == (num, dim)
    assert grid.points.shape == (num, dim) and grid.weights.shape == (num,)
    assert not list(grid.parameters())
    assert set(grid.state_dict()) == {"points", "weights"}
    assert (grid.points.norm(dim=1) - 1).abs().max() < 3e-16
    assert abs(grid.weights.sum() - 1) < 1e-14


def test_repr():
    assert repr(OrientationGrid(12)) == "OrientationGrid(12, dim=3, kind='icosahedron')"
    assert repr(OrientationGrid(9)) == "OrientationGrid(9, dim=3, kind='repulsion')"
    assert repr(OrientationGrid(9, 2)) == "OrientationGrid(9, dim=2, kind='circle')"


@pytest.mark.parametrize("name", POLYHEDRA)
def test_solids_are_the_default(name):
    grid = OrientationGrid(POLYHEDRA[name])
    assert grid.kind == name
    assert torch.equal(grid.points, OrientationGrid(grid.num, kind=name).points)


def test_repulsion_on_request():
    solid, other = OrientationGrid(20), OrientationGrid(20, kind="repulsion")
    assert other.kind == "repulsion" and not torch.allclose(solid.points, other.points)
    assert not torch.equal(other.points, OrientationGrid(20, kind="repulsion", seed=1).points)


def test_circle():
    grid = OrientationGrid(8, dim=2)
    half = 0.5**0.5
    expected = torch.tensor([[1.0, 0.0], [half, half], [0.0, 1.0]], dtype=torch.double)
    torch.testing.assert_close(grid.points[:3], expected, atol=1e-15, rtol=1e-15)
    assert grid.degree == 7 and torch.equal(grid.weights, torch.full((8,), 0.125).double())


@pytest.mark.parametrize("args", ARGUMENTS)
def test_inner_products(args):
    grid = OrientationGrid(*args)
    values, tol = grid.inner_values, 1e-12 if grid.kind == "repulsion" else 1e-15
    torch.testing.assert_close(
        values[grid.inner_index], grid.points @ grid.points.T, atol=tol, rtol=0
    )
    assert (values.diff() > 1e-12).all() and values[-1] == pytest.approx(1, abs=1e-14)
    assert values.abs().max() <= 1
    assert torch.equal(grid.inner_index, grid.inner_index.T)


@pytest.mark.parametrize("num, distinct", [(4, 2), (6, 3), (8, 4), (12, 4), (20, 6), (30, 9)])
def test_solids_have_few_inner_products(num, distinct):
    assert OrientationGrid(num).inner_values.numel() == distinct


@pytest.mark.parametrize("args", [*ARGUMENTS, (1,), (1, 2), (2,), (4,), (6,)])
def test_antipodes(args):
    grid = OrientationGrid(*args)
    expected = grid.num % 2 == 0 and args != (4,)
    assert (grid.antipode is not None) == (grid.halves is not None) == expected
    if grid.antipode is not None:
        torch.testing.assert_close(grid.points[grid.antipode], -grid.points, atol=1e-12, rtol=0)
        assert torch.equal(grid.halves.sort().values, torch.arange(grid.num))
        first, second = grid.points[grid.halves].chunk(2)
        torch.testing.assert_close(first, -second, atol=1e-12, rtol=0)


@pytest.mark.parametrize("num", [12, 20, 30, 32, 42, 62])
def test_icosahedral_group_permutes_it(num):
    grid = OrientationGrid(num)
    for element in icosahedral_group():
        distance = ((grid.points @ element.T).unsqueeze(1) - grid.points).abs().amax(-1)
        assert distance.amin(1).max() < 1e-14


@pytest.mark.parametrize("num", [6, 9, 12, 62])
def test_vectors_survive_lifting_and_reading(num):
    grid = OrientationGrid(num)
    second = (grid.points.T * grid.weights) @ grid.points
    if grid.degree >= 2:
        torch.testing.assert_close(second, torch.eye(3).double() / 3, atol=1e-12, rtol=0)
    else:
        raise AssertionError("not a 2-design")


CASTS = {
    "half": lambda m: m.half(),
    "bfloat16": lambda m: m.to(torch.bfloat16),
    "float": lambda m: m.float(),
    "there and back": lambda m: m.float().half().double(),
    "device and type": lambda m: m.to("cpu", torch.float32),
    "copy": copy.deepcopy,
    "pickle": lambda m: pickle.loads(pickle.dumps(m)),
    "shared": lambda m: m.share_memory(),
}


@pytest.mark.parametrize("cast", CASTS.values(), ids=CASTS)
@pytest.mark.parametrize("args", [(32,), (9,), (6, 2)])
def test_casts_leave_the_grid_exact(cast, args):
    model, fresh = Model(*args), OrientationGrid(*args)
    grid = cast(model).grid
    for (name, a), (_, b) in zip(grid.named_buffers(), fresh.named_buffers(), strict=True):
        assert a.dtype == b.dtype and torch.equal(a, b), name
    assert grid.kind == fresh.kind


def test_casts_reach_the_rest_of_the_model():
    assert Model(12).half().lin.weight.dtype == torch.half


def test_other_devices():
    grid = Model(12).to("meta").grid
    assert all(buffer.is_meta for buffer in grid.buffers())
    assert grid.points.dtype == torch.double
    mixed = Model(12).to("meta", torch.half).grid
    assert mixed.points.is_meta and mixed.points.dtype == torch.double


@pytest.mark.parametrize("num", [12, 11])
def test_default_devices_do_not_matter(num):
    with torch.device("meta"):
        grid = OrientationGrid(num)
    assert torch.equal(grid.points, OrientationGrid(num).points)


def test_default_types_do_not_matter():
    torch.set_default_dtype(torch.half)
    try:
        grids = [OrientationGrid(*args) for args in ARGUMENTS]
    finally:
        torch.set_default_dtype(torch.float)
    for grid, args in zip(grids, ARGUMENTS, strict=True):
        assert torch.equal(grid.points, OrientationGrid(*args).points)
        assert torch.equal(grid.inner_values, OrientationGrid(*args).inner_values)


@pytest.mark.parametrize("assign", [False, True])
@pytest.mark.parametrize("half", [False, True])
def test_state_dict_restores_every_bit(assign, half):
    saved, other = Model(16), Model(16, seed=1)
    file = io.BytesIO()
    torch.save((saved.half() if half else saved).state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True), assign=assign)
    for (name, a), (_, b) in zip(
        other.grid.named_buffers(), saved.grid.named_buffers(), strict=True
    ):
        assert a.dtype == b.dtype and torch.equal(a, b), name
    assert other.grid.kind == "loaded"
    again = Model(16)
    again.load_state_dict(saved.state_dict())
    assert again.grid.kind == "repulsion"


@pytest.mark.parametrize("assign", [False, True])
def test_rounded_grids_are_taken_as_they_are(assign):
    state = {key: value.float() for key, value in OrientationGrid(9, seed=1).state_dict().items()}
    grid = OrientationGrid(9)
    grid.load_state_dict(state, assign=assign)
    assert grid.points.dtype == grid.weights.dtype == torch.double
    assert torch.equal(grid.points, state["points"].double())


def test_relations_follow_a_loaded_grid():
    solid = OrientationGrid(20)
    other = OrientationGrid(20, kind="repulsion")
    other.load_state_dict(solid.state_dict())
    assert torch.equal(other.inner_index, solid.inner_index)
    single = OrientationGrid(9)
    single.load_state_dict(OrientationGrid(9, seed=3).state_dict())
    values = single.inner_values[single.inner_index]
    torch.testing.assert_close(values, single.points @ single.points.T, atol=1e-12, rtol=0)


@pytest.mark.parametrize("args", [(20,), (12, 2), (9,)])
def test_other_sizes_are_refused(args):
    model, before = Model(12), OrientationGrid(12).points
    with pytest.raises(RuntimeError, match=r"'grid.points' of shape .* belongs to a grid of"):
        model.load_state_dict(Model(*args).state_dict())
    assert torch.equal(model.grid.points, before)
    assert model.grid.kind == "icosahedron"


def test_missing_grid_is_reported():
    state = {k: v for k, v in Model(12).state_dict().items() if "points" not in k}
    with pytest.raises(RuntimeError, match=r"Missing key.*grid.points"):
        Model(12).load_state_dict(state)


@pytest.mark.parametrize("args", [(12,), (9,), (6, 2)])
def test_rotated(args):
    grid = OrientationGrid(*args)
    generator = torch.Generator().manual_seed(0)
    rotation = random_rotations(1, grid.dim, generator, dtype=torch.double)[0]
    points = grid.points.clone()
    out = grid.rotated(rotation)
    torch.testing.assert_close(out.points, points @ rotation.T, atol=1e-15, rtol=0)
    for name in ("inner_index", "weights"):
        assert torch.equal(getattr(out, name), getattr(grid, name))
    torch.testing.assert_close(out.inner_values, grid.inner_values, atol=1e-15, rtol=0)
    loaded = OrientationGrid(*args)
    loaded.load_state_dict(out.state_dict())
    assert torch.equal(loaded.inner_values, out.inner_values)
    assert (out.antipode is None) == (grid.antipode is None)
    assert torch.equal(grid.points, points) and out.degree == grid.degree
    assert out.kind == "rotated" and set(out.state_dict()) == {"points", "weights"}
    single = grid.rotated(rotation.float())
    assert single.points.dtype == torch.double
    assert (single.points.norm(dim=1) - 1).abs().max() < 3e-16
    assert torch.equal(single.inner_index, grid.inner_index) and single.degree == grid.degree


@pytest.mark.parametrize(
    "args, message",
    [
        ((0,), r"'num' must be an integer of 1 or more \(got 0\)"),
        ((1.5,), r"'num' must be an integer of 1 or more \(got 1.5\)"),
        (("12",), r"'num' must be an integer of 1 or more \(got '12'\)"),
        ((12, 4), r"'dim' must be 2 or 3 \(got 4\)"),
        ((12, 2, "icosahedron"), r"'kind' must be one of \['circle'\] for 12 points in 2D"),
        ((20, 3, "icosahedron"), r"'kind' must be one of \['dodecahedron', 'repulsion'\]"),
        ((9, 3, "circle"), r"'kind' must be one of \['repulsion'\] .*got 'circle'"),
    ],
)
def test_bad_arguments(args, message):
    with pytest.raises(ValueError, match=message):
        OrientationGrid(*args)


@pytest.mark.parametrize("matrix", [torch.eye(2), 2 * torch.eye(3), torch.ones(3)])
def test_rotated_refuses_other_maps(matrix):
    with pytest.raises(ValueError, match=r"'rotation' must be an orthogonal 3 x 3 matrix"):
        OrientationGrid(12).rotated(matrix)
