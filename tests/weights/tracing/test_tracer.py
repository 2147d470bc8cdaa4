import torch
from pytest import mark

from pyg_symm.weights.tracing.terms import movable
from pyg_symm.weights.tracing.tracer import Escapes, Tracer


def run(func, **stored):
    """Resolved axes of the tensors after a computation."""
    tracer = Tracer(stored, [])
    with torch.no_grad(), Escapes(tracer), tracer:
        func(**stored)
    return tracer, {name: tracer.resolved(x) for name, x in stored.items()}


def test_products_of_matrices_share_an_axis():
    tracer, axes = run(lambda a, b: a @ b, a=torch.randn(3, 4), b=torch.randn(4, 5))
    assert axes["a"][1] == axes["b"][0] != axes["a"][0]
    assert tracer.losses == {}


def test_zeros_do_not_tie_what_they_meet():
    def func(a, b):
        zeros = torch.zeros(4)
        return a + zeros, b + zeros

    _, axes = run(func, a=torch.randn(4), b=torch.randn(4))
    assert axes["a"] != axes["b"]


def test_zeros_that_are_written_to_tie():
    def func(a, b):
        zeros = torch.zeros(2, 4)
        zeros[0].copy_(a)
        return zeros + b

    _, axes = run(func, a=torch.randn(4), b=torch.randn(4))
    assert axes["a"] == axes["b"] and movable(axes["a"][0])


def test_zeros_that_are_added_to_are_one_operand():
    index = torch.tensor([1, 0, 1])
    _, axes = run(
        lambda a, b: torch.zeros(2, 4).index_add(0, index, a) + b,
        a=torch.randn(3, 4),
        b=torch.randn(4),
    )
    assert axes["a"][1] == axes["b"][0] and movable(axes["b"][0])


def test_memory_that_is_shared_behind_the_scenes():
    _, axes = run(lambda a, b: a.data + b, a=torch.randn(4), b=torch.randn(4))
    assert axes["a"] == axes["b"] and movable(axes["a"][0])
    _, axes = run(lambda a, b: a.data.view(2, 2) + b, a=torch.randn(4), b=torch.randn(2))
    assert movable(axes["b"][0])


def test_unknown_operations_freeze():
    tracer, axes = run(lambda a: torch.linalg.eigvalsh(a @ a.t()), a=torch.randn(4, 3))
    assert movable(axes["a"][1]) and not movable(axes["a"][0])
    assert list(tracer.losses.values()) == [{("a", 0)}]


@mark.parametrize("read", [lambda a: a.numpy(), lambda a: a.tolist()])
def test_numbers_that_are_read_freeze(read):
    tracer, axes = run(lambda a: read(a * 2), a=torch.randn(4))
    assert not movable(axes["a"][0]) and len(tracer.losses) == 1


def test_a_rule_that_fails_freezes(monkeypatch):
    from pyg_symm.weights.tracing import registry

    monkeypatch.setitem(registry._RULES, "aten::relu", lambda call: call["nothing"])
    tracer, axes = run(lambda a: a.relu(), a=torch.randn(4))
    assert not movable(axes["a"][0]) and ("aten::relu", "") in tracer.losses


def test_unused_tensors_do_not_move():
    _, axes = run(lambda a, b: a * 2, a=torch.randn(4), b=torch.randn(4))
    assert movable(axes["a"][0]) and not movable(axes["b"][0])


def test_constants_of_equal_entries_move_freely():
    for constant, moves in [(torch.ones(4), True), (torch.arange(4.0), False)]:
        a = torch.randn(4)
        tracer = Tracer({"a": a}, [constant])
        with tracer:
            a + constant
        assert bool(movable(tracer.resolved(a)[0])) == moves


def test_parts_of_the_state_move_apart():
    a = torch.randn(6, 2)
    tracer = Tracer({"a": a}, [])
    tracer.part(a, 3)
    assert not movable(tracer.resolved(a)[0])  # It was not used yet.
    with torch.no_grad(), tracer:
        a * 2
    assert [units.size for units in movable(tracer.resolved(a)[0])] == [2, 2, 2]
