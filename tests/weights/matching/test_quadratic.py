from itertools import permutations

import pytest
import torch

from pyg_symm.weights import HeadGroup, declare_spec
from pyg_symm.weights.matching.objective import Objective
from pyg_symm.weights.matching.quadratic import improve_quadratic
from pyg_symm.weights.matching.terms import tensor_terms


def recurrent(size, inputs, groups=()):
    tensors = {"ih": torch.zeros(size, inputs), "hh": torch.zeros(size, size)}
    return declare_spec(tensors, {"ih": ["h", None], "hh": ["h", "h"]}, groups=groups)


def objective_of(spec, a, b):
    return Objective(tensor_terms(spec, a), tensor_terms(spec, b))


@pytest.mark.parametrize("seed", range(5))
def test_a_step_gains_and_is_near_the_best(seed, random_tensors):
    spec = recurrent(6, 3)
    objective = objective_of(spec, random_tensors(spec, seed), random_tensors(spec, seed + 100))
    every = [objective.value({"h": torch.tensor(p)}) for p in permutations(range(6))]
    at = {"h": torch.arange(6)}
    values = [objective.value(at)]
    for _ in range(20):
        new = improve_quadratic(objective, ("h",), None, at)
        if torch.equal(new["h"], at["h"]):
            break
        at = new
        values.append(objective.value(at))
        assert values[-1] > values[-2]
    assert len(values) < 20
    assert values[-1] > sorted(every)[-36]  # Among the best 5 %.


def test_heads_stay_together(planted):
    group = HeadGroup(4, ("h",))
    spec = recurrent(20, 8, [group])
    a, b, p = planted(spec, 0, noise=0.2)
    new = improve_quadratic(objective_of(spec, b, a), ("h",), group, spec.identity())
    assert group.is_legal(new)
    assert torch.equal(new["h"], p["h"])


def test_other_classes_stay(planted):
    tensors = {"w": torch.zeros(7, 5), "r": torch.zeros(7, 7)}
    spec = declare_spec(tensors, {"w": ["h", "x"], "r": ["h", "h"]})
    a, b, p = planted(spec, 1)
    new = improve_quadratic(objective_of(spec, b, a), ("h",), None, {**p, "h": torch.arange(7)})
    assert new.keys() == {"h"} and torch.equal(new["h"], p["h"])


def test_nothing_better(planted):
    spec = recurrent(9, 4)
    a, b, p = planted(spec, 0)
    new = improve_quadratic(objective_of(spec, b, a), ("h",), None, p)
    assert torch.equal(new["h"], p["h"])
