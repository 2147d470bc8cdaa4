import pytest
import torch

from pyg_symm.weights import HeadGroup, declare_spec, mlp_spec
from pyg_symm.weights.matching.descent import Descent, split_units
from pyg_symm.weights.matching.objective import Objective
from pyg_symm.weights.matching.terms import tensor_terms


def descent_of(spec, a, b):
    return Descent(spec, Objective(tensor_terms(spec, a), tensor_terms(spec, b)))


def counted(descent, monkeypatch):
    """The units that are solved, in order."""
    seen, solve = [], descent._improved
    monkeypatch.setattr(descent, "_improved", lambda u, at: (seen.append(u.names), solve(u, at))[1])
    return seen


def test_units_know_their_neighbors(random_tensors):
    tensors = {
        n: torch.zeros(s) for n, s in {"q": (6, 5), "v": (9, 5), "o": (5, 9), "r": (5, 5)}.items()
    }
    axes = {"q": ["q", "x"], "v": ["v", "x"], "o": ["x", "v"], "r": ["x", "x"]}
    spec = declare_spec(tensors, axes, groups=[HeadGroup(3, ("v", "q"))])
    heads, stream = split_units(spec, descent_of(spec, tensors, tensors).objective)
    assert heads.names == ("q", "v") and heads.group == spec.groups[0]
    assert stream.names == ("x",) and stream.group is None
    assert heads.neighbors == {1} and stream.neighbors == {0}
    assert stream.is_quadratic and not heads.is_quadratic


def test_classes_need_numbers_to_compare():
    spec = declare_spec({"i": torch.arange(3)}, {"i": ["h"]})
    with pytest.raises(ValueError, match=r"classes \['h'\] are on no tensors of floating point"):
        descent_of(spec, {"i": torch.arange(3)}, {"i": torch.arange(3)})


def test_only_neighbors_of_a_change_are_solved_again(planted, monkeypatch):
    spec = mlp_spec([30, 40, 40, 40, 10])
    a, b, _ = planted(spec, 0)
    descent = descent_of(spec, a, b)
    forward = descent.forward_start(spec.identity())
    seen = counted(descent, monkeypatch)
    descent.run(forward, torch.Generator().manual_seed(0))
    assert len(seen) == 3  # Each once, and none changes.
    broken = {**forward, "h0": forward["h0"].roll(1)}
    seen.clear()
    descent.run(broken, torch.Generator().manual_seed(3), only=["h0"])
    assert seen == [("h0",)]


@pytest.mark.parametrize("seed", range(3))
def test_every_step_gains(seed, random_tensors, dtype):
    spec = mlp_spec([12, 20, 20, 20, 5])
    a, b = (random_tensors(spec, 10 * seed + i, dtype) for i in range(2))
    descent = descent_of(spec, a, b)
    start = spec.random(torch.Generator().manual_seed(seed))
    end, history = descent.run(start, torch.Generator().manual_seed(seed))
    assert history[0] == descent.objective.value(start)
    assert history == sorted(history) and len(history) > 3
    assert history[-1] == pytest.approx(descent.objective.value(end), rel=1e-9)
    again, more = descent.run(end, torch.Generator().manual_seed(seed + 1))
    assert len(more) == 1 and all(torch.equal(again[n], end[n]) for n in end)


def test_dead_units_stay(planted):
    spec = mlp_spec([6, 30, 4])
    a, b, _ = planted(spec, 0)
    for tensors in (a, b):
        for name in tensors:
            dim = 1 if name == "2.weight" else 0
            if name != "2.bias":
                tensors[name].index_fill_(dim, torch.tensor([3, 7]), 0.0)
    start = spec.identity()
    end, _ = descent_of(spec, a, a).run(start, torch.Generator())
    assert torch.equal(end["h0"], start["h0"])


def test_sweeps_are_limited(random_tensors, monkeypatch):
    spec = mlp_spec([12, 20, 20, 20, 5])
    descent = descent_of(spec, random_tensors(spec, 0), random_tensors(spec, 1))
    seen = counted(descent, monkeypatch)
    descent.run(spec.identity(), torch.Generator().manual_seed(0), max_sweeps=1)
    assert len(seen) <= 3
    seen.clear()
    descent.run(spec.identity(), torch.Generator().manual_seed(0))
    assert len(seen) > 3


def test_certain_matches(planted, random_tensors):
    spec = mlp_spec([30, 40, 40, 10])
    a, b, p = planted(spec, 0, noise=0.3)
    descent = descent_of(spec, b, a)
    assert descent.is_certain(p)
    assert not descent.is_certain({**p, "h0": p["h0"].roll(1)})
    other = descent_of(spec, a, random_tensors(spec, 5))
    end, _ = other.run(spec.identity(), torch.Generator().manual_seed(0))
    assert not other.is_certain(end)
