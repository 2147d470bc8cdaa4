from itertools import permutations

import pytest
import torch

from pyg_symm.weights import (
    HeadGroup,
    compose,
    declare_spec,
    inverse,
    mlp_spec,
    weight_matching,
)
from pyg_symm.weights.matching import match_many, merge_many

SPEC = mlp_spec([16, 30, 30, 8])


def planted_many(random_tensors, num, noise, spec=SPEC):
    first = random_tensors(spec, 0)
    generator = torch.Generator().manual_seed(0)
    moves = [spec.identity(), *(spec.random(generator) for _ in range(num - 1))]
    models = []
    for i, p in enumerate(moves):
        more = random_tensors(spec, 100 + i)
        models.append({n: t + noise * more[n] for n, t in spec.apply(first, p).items()})
    return models, moves


def pairs(spec, models, moves):
    moved = [spec.apply(m, p) for m, p in zip(models, moves, strict=True)]
    return sum(
        float((moved[i][n] * moved[j][n]).sum())
        for i in range(len(moved))
        for j in range(i)
        for n in moved[i]
    )


@pytest.mark.parametrize("noise", [0.0, 0.5])
@pytest.mark.parametrize("num", [2, 3, 5])
def test_planted_permutations_are_found(num, noise, random_tensors, same_permutation):
    models, moves = planted_many(random_tensors, num, noise)
    for match in (match_many(SPEC, models), merge_many(SPEC, models)[1]):
        for found, move in zip(match.permutations, moves, strict=True):
            assert same_permutation(found, inverse(move))


def test_circles_of_permutations_are_the_identity(random_tensors, same_permutation):
    models = [random_tensors(SPEC, seed) for seed in range(4)]  # Nothing to be found.
    match = match_many(SPEC, models)
    for a, b, c in permutations(range(4), 3):
        around = compose(compose(match.between(a, b), match.between(c, a)), match.between(b, c))
        assert same_permutation(around, SPEC.identity())
        assert same_permutation(match.between(a, b), inverse(match.between(b, a)))
    alone = [
        weight_matching(SPEC, models[a], models[b]).permutation for a, b in ((0, 1), (2, 0), (1, 2))
    ]
    assert not same_permutation(compose(compose(alone[0], alone[1]), alone[2]), SPEC.identity())


def test_between_aligns_one_network_with_another(random_tensors):
    models, _ = planted_many(random_tensors, 4, 0.0)
    match = match_many(SPEC, models)
    for first, second in permutations(range(4), 2):
        moved = SPEC.apply(models[second], match.between(first, second))
        assert all(torch.equal(moved[n], models[first][n]) for n in moved)


@pytest.mark.parametrize("seed", range(2))
def test_objective_is_that_of_all_pairs(seed, random_tensors):
    models = [random_tensors(SPEC, 10 * seed + i) for i in range(3)]
    for match in (match_many(SPEC, models, seed=seed), merge_many(SPEC, models, seed=seed)[1]):
        assert match.history == sorted(match.history)
        assert match.objective == pytest.approx(pairs(SPEC, models, match.permutations), rel=1e-9)
        assert match.objective > pairs(SPEC, models, [SPEC.identity()] * 3)
        assert all(
            torch.equal(p, q)
            for p, q in zip(match.permutations[0].values(), SPEC.identity().values(), strict=True)
        )


def test_two_networks_are_as_in_weight_matching(random_tensors):
    models = [random_tensors(SPEC, seed) for seed in range(2)]
    pair = weight_matching(SPEC, *models, num_starts=2)
    assert match_many(SPEC, models).objective == pytest.approx(pair.objective, rel=1e-9)


def test_equal_seeds_give_equal_permutations(random_tensors, same_permutation):
    models = [random_tensors(SPEC, seed) for seed in range(3)]
    first, second = (match_many(SPEC, models, seed=1) for _ in range(2))
    assert all(map(same_permutation, first.permutations, second.permutations))


def test_merged_network_is_the_mean(random_tensors):
    models = [random_tensors(SPEC, seed, torch.float) for seed in range(3)]
    merged, match = merge_many(SPEC, models)
    moved = [SPEC.apply(m, p) for m, p in zip(models, match.permutations, strict=True)]
    for name, tensor in merged.items():
        torch.testing.assert_close(tensor, sum(m[name] for m in moved) / 3)
    same, _ = merge_many(SPEC, planted_many(random_tensors, 3, 0.0)[0])
    for name, tensor in same.items():
        torch.testing.assert_close(tensor, random_tensors(SPEC, 0)[name])


def test_heads_and_recurrent_weights(random_tensors, same_permutation):
    shapes = {"in": (12, 9), "qkv": (24, 12), "o": (12, 8), "hh": (12, 12), "out": (5, 12)}
    axes = {"in": ["x", None], "qkv": ["qk | qk | v", "x"], "o": ["x", "v"], "hh": ["x", "x"]}
    tensors = {name: torch.zeros(shape) for name, shape in shapes.items()}
    groups = [HeadGroup(2, ("qk", "v"))]
    spec = declare_spec(tensors, {**axes, "out": [None, "x"]}, sizes={"qk": 8}, groups=groups)
    models, moves = planted_many(random_tensors, 4, 0.3, spec)
    match = match_many(spec, models)
    for found, move in zip(match.permutations, moves, strict=True):
        assert same_permutation(found, inverse(move))


def test_mixed_precision(random_tensors, same_permutation):
    models, moves = planted_many(random_tensors, 3, 0.3)
    models[1] = {n: t.float() for n, t in models[1].items()}
    match = match_many(SPEC, models)
    assert all(
        same_permutation(p, inverse(m)) for p, m in zip(match.permutations, moves, strict=True)
    )


def test_only_the_turns_without_frank_wolfe(random_tensors, monkeypatch):
    models = [random_tensors(SPEC, seed) for seed in range(3)]
    both = match_many(SPEC, models).objective
    monkeypatch.setattr("pyg_symm.weights.matching.many.relaxed_start", None)
    assert match_many(SPEC, models, max_steps=0).objective <= both


def test_bad_input(random_tensors):
    a = random_tensors(SPEC, 0)
    bad = {**a, "0.bias": torch.full((30,), float("nan"))}
    for function in (match_many, merge_many):
        with pytest.raises(ValueError, match=r"'models' must hold at least two networks \(got 1\)"):
            function(SPEC, [a])
        with pytest.raises(ValueError, match=r"'models\[2\]': tensor '0.bias' holds NaN"):
            function(SPEC, [a, a, bad])
