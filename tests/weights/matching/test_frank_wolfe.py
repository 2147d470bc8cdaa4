import pytest
import torch

from pyg_symm.weights import HeadGroup, declare_spec, inverse, mlp_spec
from pyg_symm.weights.matching import frank_wolfe_matching, weight_matching
from pyg_symm.weights.matching.descent import Descent
from pyg_symm.weights.matching.frank_wolfe import relaxed_pair
from pyg_symm.weights.matching.objective import Objective
from pyg_symm.weights.matching.terms import tensor_terms


def bilinear():
    shapes = {"a": (9, 6), "b": (8, 6), "w": (7, 9, 8), "o": (3, 7)}
    axes = {"a": ["x", None], "b": ["y", None], "w": ["z", "x", "y"], "o": [None, "z"]}
    return declare_spec({n: torch.zeros(s) for n, s in shapes.items()}, axes)


def attention():
    shapes = {"qkv": (36, 20), "o": (20, 12), "in": (20, 9)}
    axes = {"qkv": ["qk | qk | v", "x"], "o": ["x", "v"], "in": ["x", None]}
    groups = [HeadGroup(3, ("qk", "v"))]
    tensors = {n: torch.zeros(s) for n, s in shapes.items()}
    return declare_spec(tensors, axes, sizes={"qk": 12}, groups=groups)


SPECS = {"mlp": mlp_spec([16, 30, 30, 30, 5]), "bilinear": bilinear(), "attention": attention()}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_planted_permutations_are_found_as_by_descent(
    spec, noise, planted, same_permutation, dtype
):
    for seed in range(3):
        a, b, p = planted(spec, seed, noise, dtype)
        match = frank_wolfe_matching(spec, a, b)
        assert same_permutation(match.permutation, inverse(p))
        assert same_permutation(match.permutation, weight_matching(spec, a, b).permutation)


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_relaxed_objective_rises(spec, random_tensors, same_permutation):
    a, b = random_tensors(spec, 0), random_tensors(spec, 1)
    match = frank_wolfe_matching(spec, a, b)
    assert match.history == sorted(match.history) and len(match.history) > 3
    moved = spec.apply(b, match.permutation)
    assert match.objective == pytest.approx(
        sum(float((a[n] * moved[n]).sum()) for n in a), rel=1e-9
    )
    again = frank_wolfe_matching(spec, a, b)
    assert same_permutation(match.permutation, again.permutation)


def test_steps_are_limited(random_tensors):
    spec = SPECS["mlp"]
    match = frank_wolfe_matching(
        spec, random_tensors(spec, 0), random_tensors(spec, 1), max_steps=2
    )
    assert len(match.history) == 3


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_starts_near_a_permutation(spec, random_tensors):
    objective = Objective(*(tensor_terms(spec, random_tensors(spec, seed)) for seed in range(2)))
    descent, near = Descent(spec, objective), spec.random(torch.Generator().manual_seed(0))
    (_, first), (_, second) = relaxed_pair(descent), relaxed_pair(descent, near=near)
    assert first[0] == pytest.approx(objective.center_value()) and second[0] != first[0]


def test_bad_input(random_tensors):
    spec = SPECS["mlp"]
    a = random_tensors(spec, 0)
    with pytest.raises(ValueError, match="'b': tensor '0.bias' has shape"):
        frank_wolfe_matching(spec, a, {**a, "0.bias": torch.zeros(4)})
    with pytest.raises(ValueError, match="'max_steps' must be at least 0"):
        frank_wolfe_matching(spec, a, a, max_steps=-1)
