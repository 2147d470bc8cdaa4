import pytest
import torch

from pyg_symm.weights import declare_spec, mlp_spec
from pyg_symm.weights.matching.objective import Objective
from pyg_symm.weights.matching.relaxed import Relaxation, as_matrices
from pyg_symm.weights.matching.terms import tensor_terms

SPEC = declare_spec(
    {"w": torch.zeros(5, 3), "r": torch.zeros(5, 5), "o": torch.zeros(4, 5)},
    {"w": ["h", None], "r": ["h", "h"], "o": ["k", "h"]},
)
UNITS = [((name,), None) for name in SPEC.classes]


def doubly_stochastic(seed):
    generator = torch.Generator().manual_seed(seed)
    parts = [as_matrices(SPEC.random(generator), EYES) for _ in range(4)]
    return {name: sum(part[name] for part in parts) / 4 for name in parts[0]}


EYES = {name: torch.eye(size, dtype=torch.double) for name, size in SPEC.classes.items()}


def relaxation(random_tensors, num=2, fixed=1):
    models = [random_tensors(SPEC, seed) for seed in range(num)]
    return Relaxation([tensor_terms(SPEC, m) for m in models], UNITS, fixed)


def test_permutation_matrices_give_the_objective(random_tensors):
    relaxed = relaxation(random_tensors)
    p = SPEC.random(torch.Generator().manual_seed(0))
    value = relaxed.value([as_matrices(p, EYES)])
    assert value == pytest.approx(Objective(*relaxed.models).value(p), rel=1e-12)


@pytest.mark.parametrize("num, fixed", [(2, 1), (3, 1), (3, 0)])
def test_gradients(num, fixed, random_tensors):
    relaxed = relaxation(random_tensors, num, fixed)
    maps = [doubly_stochastic(seed) for seed in range(num - fixed)]
    gradients = relaxed.gradients(maps)
    for own, gradient in zip(maps, gradients, strict=True):
        for name in own:
            step = torch.randn_like(own[name])
            ends = []
            for sign in (1, -1):
                kept = own[name]
                own[name] = kept + sign * 1e-5 * step
                ends.append(relaxed.value(maps))
                own[name] = kept
            numeric = (ends[0] - ends[1]) / 2e-5
            assert float((gradient[name] * step).sum()) == pytest.approx(numeric, rel=1e-6)


@pytest.mark.parametrize("num, fixed", [(2, 1), (3, 1)])
def test_line_search_is_exact(num, fixed, random_tensors):
    relaxed = relaxation(random_tensors, num, fixed)
    for seed in range(5):
        start = [doubly_stochastic(seed + i) for i in range(num - fixed)]
        end = [doubly_stochastic(seed + 50 + i) for i in range(num - fixed)]
        share, best = relaxed._line_search(start, end, relaxed.value(start))
        grid = []
        for x in torch.linspace(0, 1, 101).tolist():
            point = [
                {n: torch.lerp(s[n], e[n], x) for n in s} for s, e in zip(start, end, strict=True)
            ]
            grid.append(relaxed.value(point))
        assert best >= max(grid) - 1e-9 and 0 <= share <= 1


def test_climb_gains_and_stays_doubly_stochastic(random_tensors):
    relaxed = relaxation(random_tensors)
    ends, history, seen = relaxed.climb([doubly_stochastic(0)], 50, 1e-9)
    assert history == sorted(history) and len(history) > 2 and seen
    for matrix in ends[0].values():
        ones = torch.ones(len(matrix), dtype=torch.double)
        torch.testing.assert_close(matrix.sum(0), ones)
        torch.testing.assert_close(matrix.sum(1), ones)
        assert float(matrix.min()) >= -1e-12


def test_classes_without_maps_stay(random_tensors):
    spec = mlp_spec([3, 4, 5, 2])
    terms = [tensor_terms(spec, random_tensors(spec, seed)) for seed in range(2)]
    relaxed = Relaxation(terms, [(("h1",), None)])
    p = {"h1": torch.tensor([1, 0, 2, 4, 3])}
    like = {"h1": torch.eye(5, dtype=torch.double)}
    expected = Objective(*terms).value({**spec.identity(), **p})
    assert relaxed.value([as_matrices(p, like)]) == pytest.approx(expected, rel=1e-12)
