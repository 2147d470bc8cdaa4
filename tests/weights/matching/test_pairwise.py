import pytest
import torch

from pyg_symm.weights import HeadGroup, declare_spec
from pyg_symm.weights.matching.descent import split_units
from pyg_symm.weights.matching.objective import Objective
from pyg_symm.weights.matching.pairwise import _Point, climb_pair
from pyg_symm.weights.matching.relaxed import Relaxation, as_matrices, centers
from pyg_symm.weights.matching.terms import tensor_terms

SHAPES = {"w": (12, 5), "r": (8, 8), "o": (12, 8), "u": (8, 3)}
AXES = {"w": ["v", None], "r": ["h", "h"], "o": ["v", "h"], "u": ["h", None]}


@pytest.fixture
def problem(random_tensors):
    tensors = {n: torch.zeros(s) for n, s in SHAPES.items()}
    spec = declare_spec(tensors, AXES, groups=[HeadGroup(3, ("v",))])
    objective = Objective(*(tensor_terms(spec, random_tensors(spec, seed)) for seed in range(2)))
    units = [(unit.names, unit.group) for unit in split_units(spec, objective)]
    return spec, objective, units


def test_points_follow_the_dense_computation(problem):
    spec, objective, units = problem
    relaxed = Relaxation([objective.a, objective.b], units)
    point, maps = _Point(objective, list(spec.classes)), centers(objective.a)
    generator = torch.Generator().manual_seed(0)
    for share in (0.5, 0.2, None, 0.7, None):
        end = spec.random(generator)
        before, slope = point.value, point.slope(end)
        kept = {name: matrix.clone() for name, matrix in point.maps.items()}
        point.step(end, share)
        far = as_matrices(end, maps)
        if share is None:
            grid = [
                relaxed.value([{n: torch.lerp(kept[n], far[n], x) for n in kept}])
                for x in torch.linspace(0, 1, 101).tolist()
            ]
            assert point.value >= (max(grid) if slope > 0 else before) - 1e-9
            maps = {name: matrix.clone() for name, matrix in point.maps.items()}
        else:
            maps = {n: torch.lerp(maps[n], far[n], share) for n in maps}
        assert point.value == pytest.approx(relaxed.value([maps]), rel=1e-9)
        (expected,) = relaxed.gradients([maps])
        for name in maps:
            torch.testing.assert_close(point.maps[name], maps[name])
            torch.testing.assert_close(point.gradient[name], expected[name])


def test_climb_is_that_of_dense_matrices(problem, same_permutation):
    _, objective, units = problem
    found, history = climb_pair(objective, units, 50, 1e-6)
    relaxed = Relaxation([objective.a, objective.b], units)
    ends, expected, _ = relaxed.climb([centers(objective.a)], 50, 1e-6)
    assert history == pytest.approx(expected, rel=1e-9) and len(history) > 3
    assert history == sorted(history)
    assert same_permutation(found, relaxed.vertices(ends)[0])


def test_starts_near_a_permutation(problem):
    spec, objective, units = problem
    near = spec.random(torch.Generator().manual_seed(0))
    _, history = climb_pair(objective, units, 50, 1e-6, near)
    maps, far = centers(objective.a), as_matrices(near, centers(objective.a))
    halfway = [{name: (maps[name] + far[name]) / 2 for name in maps}]
    value = Relaxation([objective.a, objective.b], units).value(halfway)
    assert history[0] == pytest.approx(value, rel=1e-9)
