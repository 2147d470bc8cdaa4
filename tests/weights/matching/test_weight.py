from itertools import permutations, product

import pytest
import torch
from torch import nn

from pyg_symm.weights import HeadGroup, declare_spec, inverse, mlp_spec
from pyg_symm.weights.matching import weight_matching
from pyg_symm.weights.matching.descent import Descent

ROWS = {
    "l0": ["a", None],
    "l1": ["b", "a"],
    "l2": ["a", "b"],
    "l3": ["c", "a"],
    "l4": [None, "c | a"],
}


def residual():
    shapes = {"l0": (40, 9), "l1": (30, 40), "l2": (40, 30), "l3": (20, 40), "l4": (6, 60)}
    return declare_spec({n: torch.zeros(s) for n, s in shapes.items()}, ROWS)


def attention():
    shapes = {"in": (32, 9), "qkv": (3 * 32, 32), "o": (32, 32), "bias": (4,), "out": (5, 32)}
    axes = {
        "in": ["x", None],
        "qkv": ["qk | qk | v", "x"],
        "o": ["x", "v"],
        "bias": ["heads"],
        "out": [None, "x"],
    }
    groups = [HeadGroup(4, ("qk", "v", "heads"))]
    return declare_spec(
        {n: torch.zeros(s) for n, s in shapes.items()},
        axes,
        sizes={"qk": 32, "v": 32},
        groups=groups,
    )


def lstm():
    shapes = {"ih": (4 * 24, 7), "hh": (4 * 24, 24), "bias": (4 * 24,), "out": (3, 24)}
    gates = "h | h | h | h"
    axes = {"ih": [gates, None], "hh": [gates, "h"], "bias": [gates], "out": [None, "h"]}
    return declare_spec({n: torch.zeros(s) for n, s in shapes.items()}, axes)


SPECS = {
    "mlp": mlp_spec([16, 40, 40, 40, 10]),
    "residual": residual(),
    "attention": attention(),
    "lstm": lstm(),
}
of_all = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)


@of_all
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_planted_permutations_are_found(spec, noise, planted, same_permutation, dtype):
    for seed in range(3):
        a, b, p = planted(spec, seed, noise, dtype)
        match = weight_matching(spec, a, b, seed=seed)
        assert same_permutation(match.permutation, inverse(p))


@pytest.mark.parametrize("sizes", [[784, 512, 512, 512, 10], [64, 512, 512, 10]], ids=str)
@pytest.mark.parametrize("noise", [0.0, 0.5, 1.0])
def test_planted_permutations_of_wide_networks(sizes, noise, planted, same_permutation, dtype):
    spec = mlp_spec(sizes)
    a, b, p = planted(spec, 0, noise, dtype)
    assert same_permutation(weight_matching(spec, a, b).permutation, inverse(p))
    assert same_permutation(weight_matching(spec, a, b, num_starts=1).permutation, inverse(p))


@of_all
def test_the_other_way_is_the_inverse(spec, planted, same_permutation):
    a, b, _ = planted(spec, 4, noise=0.5)
    there, back = weight_matching(spec, a, b), weight_matching(spec, b, a)
    assert same_permutation(there.permutation, inverse(back.permutation))
    assert there.objective == pytest.approx(back.objective, rel=1e-12)


@of_all
def test_history_rises_to_the_objective(spec, random_tensors, dtype):
    a, b = random_tensors(spec, 0, dtype), random_tensors(spec, 1, dtype)
    match = weight_matching(spec, a, b)
    assert match.history == sorted(match.history)
    assert match.history[-1] == pytest.approx(match.objective, rel=1e-9)
    assert match.objective == max(match.starts)
    moved = spec.apply(b, match.permutation)
    exact = sum(float((a[n].double() * moved[n].double()).sum()) for n in a)
    assert match.objective == pytest.approx(exact, rel=1e-12)
    naive = sum(float((a[n].double() * b[n].double()).sum()) for n in a)
    assert match.objective > naive


@of_all
def test_distance_follows_from_the_objective(spec, random_tensors):
    a, b = random_tensors(spec, 2), random_tensors(spec, 3)
    match = weight_matching(spec, a, b, num_starts=2)
    moved = spec.apply(b, match.permutation)
    far, size_a, size_b = (
        sum(float(t.square().sum()) for t in tensors.values())
        for tensors in ({n: a[n] - moved[n] for n in a}, a, b)
    )
    assert far == pytest.approx(size_a + size_b - 2 * match.objective, rel=1e-9)


@of_all
def test_equal_seeds_give_equal_permutations(spec, random_tensors, same_permutation):
    a, b = random_tensors(spec, 0), random_tensors(spec, 1)
    first, second = (weight_matching(spec, a, b, seed=3) for _ in range(2))
    assert same_permutation(first.permutation, second.permutation)
    assert first.history == second.history and first.starts == second.starts


@pytest.mark.parametrize("size", [1, 2, 5, 7])
def test_one_hidden_layer_is_exact_in_one_step(size, random_tensors, dtype, tol):
    spec = mlp_spec([4, size, 3])
    for seed in range(1 if size == 7 else 3):
        a, b = random_tensors(spec, seed, dtype), random_tensors(spec, seed + 50, dtype)
        match = weight_matching(spec, a, b)
        every = [
            sum(float((a[n] * t).sum()) for n, t in spec.apply(b, {"h0": torch.tensor(p)}).items())
            for p in permutations(range(size))
        ]
        assert match.objective == pytest.approx(max(every), rel=100 * tol)
        assert len(match.history) <= 2


def test_two_small_layers_are_exact(random_tensors):
    spec = mlp_spec([4, 4, 4, 3])
    orders = [torch.tensor(p) for p in permutations(range(4))]
    for seed in range(10):
        a, b = random_tensors(spec, seed), random_tensors(spec, seed + 50)
        best = max(
            sum(float((a[n] * t).sum()) for n, t in spec.apply(b, {"h0": p, "h1": q}).items())
            for p, q in product(orders, orders)
        )
        match = weight_matching(spec, a, b, num_starts=20)
        assert match.objective == pytest.approx(best, rel=1e-12)


def test_more_starts_are_not_worse(random_tensors):
    spec = mlp_spec([12, 30, 30, 30, 5])
    a, b = random_tensors(spec, 0), random_tensors(spec, 1)
    values = [weight_matching(spec, a, b, num_starts=n).objective for n in (1, 2, 4, 8)]
    assert values == sorted(values)
    assert len(weight_matching(spec, a, b).starts) == 4


def test_starts_end_when_there_is_no_doubt(planted):
    spec = mlp_spec([64, 40, 40, 10])
    a, b, _ = planted(spec, 0, noise=0.3)
    assert len(weight_matching(spec, a, b).starts) == 1


def test_given_starts(planted, same_permutation, monkeypatch):
    spec = mlp_spec([64, 40, 40, 10])
    a, b, p = planted(spec, 0)
    begun, run = [], Descent.run
    monkeypatch.setattr(
        Descent,
        "run",
        lambda self, start, *args, **kwargs: (
            begun.append(start),
            run(self, start, *args, **kwargs),
        )[1],
    )
    match = weight_matching(spec, a, b, init=inverse(p))
    assert same_permutation(begun[0], inverse(p)) and len(begun) == len(match.history) == 1
    assert same_permutation(match.permutation, inverse(p))


def test_never_worse_than_no_permutation(random_tensors):
    spec = mlp_spec([2, 6, 6, 6, 2])
    for seed in range(20):
        a, more = random_tensors(spec, seed), random_tensors(spec, seed + 50)
        b = {
            n: a[n] + 1.5 * more[n] for n in a
        }  # The identity is good, the forward pass often not.
        match = weight_matching(spec, a, b, num_starts=1)
        assert match.objective >= sum(float((a[n] * b[n]).sum()) for n in a) - 1e-9


@pytest.mark.parametrize("kind", [torch.half, torch.bfloat16])
def test_half_precision(kind, planted, same_permutation):
    spec = mlp_spec([16, 40, 40, 10])
    a, b, p = planted(spec, 0)
    a, b = ({n: t.to(kind) for n, t in tensors.items()} for tensors in (a, b))
    match = weight_matching(spec, a, b)
    assert same_permutation(match.permutation, inverse(p))
    moved = spec.apply(b, match.permutation)
    assert all(moved[n].dtype == kind and torch.equal(moved[n], a[n]) for n in a)


def test_mixed_precision(planted, same_permutation):
    spec = mlp_spec([16, 40, 40, 10])
    a, b, p = planted(spec, 0, noise=0.3)
    for first, second in ((torch.float, torch.double), (torch.half, torch.float)):
        pair = ({n: t.to(k) for n, t in x.items()} for x, k in ((a, first), (b, second)))
        assert same_permutation(weight_matching(spec, *pair).permutation, inverse(p))


def test_networks_without_classes():
    spec, tensors = mlp_spec([3, 2]), {"0.weight": torch.ones(2, 3), "0.bias": torch.ones(2)}
    match = weight_matching(spec, tensors, tensors)
    assert match.permutation == {} and match.objective == 8


def test_equal_networks_stay(random_tensors, same_permutation):
    spec = SPECS["mlp"]
    a = random_tensors(spec, 0)
    a["2.weight"][3:5], a["2.bias"][3:5], a["4.weight"][:, 3:5] = 0, 0, 0  # Dead units.
    match = weight_matching(spec, a, a)
    assert all(torch.equal(a[n], t) for n, t in spec.apply(a, match.permutation).items())


def test_statistics_move_but_do_not_count(same_permutation):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 40), nn.BatchNorm1d(40), nn.ReLU(), nn.Linear(40, 3))
    model(torch.randn(100, 5))
    axes = {"0.weight": ["h", None], "3.weight": [None, "h"], "3.bias": [None], "*": ["h"]}
    a = model.state_dict()
    spec = declare_spec(a, axes)
    p = spec.random(torch.Generator().manual_seed(0))
    b = spec.apply(a, p)
    shifted = {n: t + 100 * torch.randn_like(t) if "running" in n else t for n, t in b.items()}
    match = weight_matching(spec, a, b)
    assert same_permutation(match.permutation, inverse(p))
    assert weight_matching(spec, a, shifted).objective == match.objective
    moved = spec.apply(b, match.permutation)
    assert all(torch.equal(moved[n], a[n]) for n in a)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@of_all
def test_gpu_finds_the_same(spec, planted, same_permutation):
    a, b, _ = planted(spec, 0, noise=0.5)
    on_gpu = [{n: t.cuda() for n, t in tensors.items()} for tensors in (a, b)]
    match = weight_matching(spec, *on_gpu)
    assert same_permutation(match.permutation, weight_matching(spec, a, b).permutation)
    moved = spec.apply(on_gpu[1], match.permutation)
    assert all(t.is_cuda for t in moved.values())


def test_bad_input(random_tensors):
    spec = mlp_spec([4, 8, 3])
    a, b = random_tensors(spec, 0), random_tensors(spec, 1)
    cases = [
        ({"num_starts": 0}, b, "'num_starts' must be an integer of 1 or more"),
        ({"num_starts": 1.5}, b, "'num_starts' must be an integer of 1 or more"),
        ({}, torch.nn.Linear(3, 4), "'b': 'state_dict' must be one .got Linear"),
        ({"init": {"x": torch.arange(8)}}, b, "'x', which is frozen or no class"),
        ({}, {**b, "0.weight": torch.zeros(9, 4)}, "'b': tensor '0.weight' has shape"),
        ({}, {**b, "4.weight": torch.zeros(9, 4)}, "'b': tensor '4.weight' is not covered"),
        (
            {},
            {n: t for n, t in b.items() if n != "2.bias"},
            r"'b': tensors \['2.bias'\] are missing",
        ),
        ({}, {**b, "2.bias": torch.full((3,), float("nan"))}, "'b': tensor '2.bias' holds NaN"),
    ]
    for arguments, other, match in cases:
        with pytest.raises(ValueError, match=match):
            weight_matching(spec, a, other, **arguments)


def test_planted_permutations_of_complex_weights():
    spec = mlp_spec([6, 12, 9, 3])
    a = {
        n: torch.randn([axis[0][0].size for axis in axes], dtype=torch.complex64)
        for n, axes in spec.axes.items()
    }
    planted = spec.random(torch.Generator().manual_seed(1))
    b = spec.apply(a, planted)
    moved = spec.apply(b, weight_matching(spec, a, b).permutation)
    assert all(torch.equal(moved[n], a[n]) for n in a)
