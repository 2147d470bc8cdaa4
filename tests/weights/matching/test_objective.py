from itertools import permutations, product

import pytest
import torch

from pyg_symm.weights import declare_spec, mlp_spec
from pyg_symm.weights.matching.objective import Objective
from pyg_symm.weights.matching.terms import tensor_terms

GATES = {"ih": ["h | h | h", "x"], "hh": ["h | h | h", "h"], "out": [None, "x*2 | h"]}


def recurrent():
    shapes = {"ih": (12, 5), "hh": (12, 4), "out": (3, 14)}
    return declare_spec({n: torch.zeros(s) for n, s in shapes.items()}, GATES)


def both(spec, random_tensors):
    a, b = random_tensors(spec, 0), random_tensors(spec, 1)
    return a, b, Objective(tensor_terms(spec, a), tensor_terms(spec, b))


def inner(a, b):
    return sum(float((a[name] * b[name]).sum()) for name in a)


@pytest.mark.parametrize("spec", [mlp_spec([5, 8, 7, 3]), recurrent()], ids=["mlp", "recurrent"])
def test_value_is_the_inner_product(spec, random_tensors):
    a, b, objective = both(spec, random_tensors)
    for seed in range(3):
        p = spec.random(torch.Generator().manual_seed(seed))
        expected = inner(a, spec.apply(b, p))
        assert objective.value(p) == pytest.approx(expected, rel=1e-12)
    squares = inner(a, a) + inner(b, b) - 2 * objective.value(p)
    moved = spec.apply(b, p)
    gap = {name: a[name] - moved[name] for name in a}
    assert squares == pytest.approx(inner(gap, gap), rel=1e-9)


def test_matrix_is_the_gradient(random_tensors):
    spec = recurrent()
    _, _, objective = both(spec, random_tensors)
    p = spec.random(torch.Generator().manual_seed(0))
    maps = {n: torch.eye(len(q), dtype=torch.double)[q].requires_grad_() for n, q in p.items()}
    total = 0
    for signature, term in objective.b.items():
        for dim, name in enumerate(signature):
            term = torch.tensordot(maps[name], term, dims=([1], [dim])).movedim(0, dim)
        total = total + (objective.a[signature] * term).sum()
    total.backward()
    for name in spec.classes:
        torch.testing.assert_close(objective.matrix(name, p), maps[name].grad)


def test_kept_parts_follow_every_change(dtype, tol, random_tensors):
    spec = mlp_spec([5, 20, 20, 20, 3])
    tensors = [random_tensors(spec, seed, dtype) for seed in range(2)]
    objective = Objective(*(tensor_terms(spec, t) for t in tensors))
    generator = torch.Generator().manual_seed(0)
    p = spec.random(generator)
    for step in range(12):
        name = f"h{step % 3}"
        if step % 4 == 3:
            p = {**p, name: torch.randperm(20, generator=generator)}
        else:  # Few units: only the difference is computed.
            swapped = p[name].clone()
            swapped[[0, step]] = swapped[[step, 0]]
            p = {**p, name: swapped}
        for other in spec.classes:
            fresh = Objective(objective.a, objective.b).matrix(other, p)
            torch.testing.assert_close(objective.matrix(other, p), fresh, rtol=tol, atol=20 * tol)


def test_center_is_the_mean_of_all_permutations(random_tensors):
    spec = declare_spec(
        {"w": torch.zeros(3, 2), "r": torch.zeros(3, 3)}, {"w": ["h", "x"], "r": ["h", None]}
    )
    _, _, objective = both(spec, random_tensors)
    every = [
        {"h": torch.tensor(p), "x": torch.tensor(q)}
        for p, q in product(permutations(range(3)), permutations(range(2)))
    ]
    values = [objective.value(p) for p in every]
    assert objective.center_value() == pytest.approx(sum(values) / len(values), rel=1e-9)
    for name in spec.classes:
        mean = sum(objective.matrix(name, p) for p in every) / len(every)
        torch.testing.assert_close(objective.center_matrix(name), mean)


def test_what_is_not_known_does_not_count(random_tensors):
    spec = mlp_spec([5, 6, 7, 3])
    a, b, objective = both(spec, random_tensors)
    p = spec.identity()
    first = a["0.weight"] @ b["0.weight"].t() + torch.outer(a["0.bias"], b["0.bias"])
    torch.testing.assert_close(objective.matrix("h0", p, known=()), first)
    second = first + a["2.weight"].t() @ b["2.weight"]
    torch.testing.assert_close(objective.matrix("h0", p, known=("h1",)), second)
    torch.testing.assert_close(objective.matrix("h0", p), second)
    hidden = declare_spec({"w": torch.zeros(2, 3)}, {"w": ["a", "b"]})
    ones = tensor_terms(hidden, {"w": torch.ones(2, 3)})
    assert not Objective(ones, ones).matrix("a", hidden.identity(), known=()).any()
