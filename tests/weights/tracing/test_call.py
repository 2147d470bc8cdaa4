import torch

from pyg_symm.weights.tracing import Call
from pyg_symm.weights.tracing.terms import fresh, frozen
from pyg_symm.weights.tracing.tracer import Tracer

aten = torch.ops.aten


def make(func, *args, **kwargs):
    tracer = Tracer({}, [])
    return Call(tracer, func, args, kwargs, func(*args, **kwargs)), tracer


def test_arguments_by_name_position_and_default():
    x = torch.randn(3, 4)
    call, _ = make(aten.sum.dim_IntList, x, [1])
    assert call["self"] is x and call["dim"] == [1] and call["keepdim"] is False
    assert "dim" in call and "other" not in call
    assert call.first("other", "dim") == [1] and call.first("other") is None
    assert call.name == "aten::sum"


def test_tensors_and_results():
    x, y = torch.randn(2, 2), torch.randn(2, 2)
    call, _ = make(aten.cat.default, [x, y])
    assert [id(t) for t in call.tensors] == [id(x), id(y)]
    call, _ = make(aten.max.dim, x, 0)
    assert len(call.results) == 2


def test_views_and_writes():
    x = torch.randn(2, 2)
    assert make(aten.t.default, x)[0].is_view and not make(aten.relu.default, x)[0].is_view
    assert make(aten.relu_.default, x)[0].written[0] is x
    assert make(aten.relu.default, x)[0].written == []
    assert make(aten.zeros.default, [2])[0].makes_uniform
    assert not make(aten.zero_.default, x)[0].makes_uniform


def test_broadcast():
    call, tracer = make(aten.relu.default, torch.randn(2))
    a, b = fresh(4), fresh(4)
    out = call.broadcast(((frozen(3), a), (3, 4)), ((b,), (4,)), ((frozen(1),), (1,)))
    assert out == (frozen(3), a)
    assert tracer.solver.resolve(a) == tracer.solver.resolve(b)


def test_fix_freezes_some_axes():
    call, tracer = make(aten.relu.default, torch.randn(2))
    a, b = fresh(4), fresh(5)
    assert call.fix((a, b), [-1]) == (a, frozen(5))
    assert tracer.solver.resolve(a) == a and tracer.solver.resolve(b) == frozen(5)
    assert call.fix((), [0]) == ()
