import torch
from pytest import mark, warns
from torch import nn

from pyg_symm.weights import trace_spec
from pyg_symm.weights.tracing.call import Call
from pyg_symm.weights.tracing.origins import Origins
from pyg_symm.weights.tracing.tracer import Tracer

aten = torch.ops.aten


def made(origins, func, *args):
    """The result of an operation that was noted."""
    call = Call(Tracer({}, []), func, args, {}, func(*args))
    origins.add_results(call)
    return call.out


def test_what_tensors_depend_on():
    weight, x = torch.randn(4), torch.randn(4)
    origins = Origins([weight])
    zeros, numbers = (
        made(origins, aten.zeros_like.default, x),
        made(origins, aten.arange.default, 4),
    )
    cosines = made(origins, aten.cos.default, numbers)
    scaled = made(origins, aten.mul.Tensor, weight, cosines)
    hidden = made(origins, aten.mul.Tensor, weight, x)
    assert all(map(origins.is_table, [weight, zeros, numbers, cosines, scaled]))
    assert not origins.is_table(hidden) and not origins.is_table(x)

    def loses(y, z):
        return origins.loses(Call(Tracer({}, []), aten.add.Tensor, (y, z), {}, y + z))

    assert loses(hidden, numbers) and loses(cosines, hidden)
    assert not loses(hidden, zeros) and not loses(hidden, scaled) and not loses(weight, cosines)


class Net(nn.Module):
    def __init__(self, act):
        super().__init__()
        self.first, self.last, self.act = nn.Linear(4, 6), nn.Linear(6, 2), act
        self.register_buffer("table", torch.randn(6), persistent=False)
        self.register_buffer("learned", torch.randn(6))

    def forward(self, x):
        return self.last(self.act(self, self.first(x)))


@mark.parametrize(
    "act, operation",
    [
        (lambda m, h: h + m.table, "add"),
        (lambda m, h: h * torch.arange(6.0).cos(), "mul"),
        (lambda m, h: nn.functional.dropout(h), "mul"),
    ],
)
def test_activations_that_meet_constants(act, operation):
    with warns(UserWarning, match=f"'aten::{operation}' in 'Net' may depend .*'first.weight'"):
        assert trace_spec(Net(act), torch.randn(3, 4)).classes == {}


@mark.parametrize(
    "act",
    [
        lambda m, h: h + m.learned,
        lambda m, h: h * torch.arange(3.0)[:, None],
        lambda m, h: h + torch.ones(6),
    ],
)
def test_activations_that_keep_their_class(act):
    assert trace_spec(Net(act), torch.randn(3, 4)).classes == {"first": 6}
