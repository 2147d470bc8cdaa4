import torch
import torch.nn.functional as F
from pytest import mark

R = torch.randn


@mark.parametrize(
    "func",
    [
        torch.add,
        torch.mul,
        torch.maximum,
        torch.atan2,
        lambda a, b: torch.where(a > b, a, b),
        lambda a, b: a.masked_fill(b > 0, 1.0),
        lambda a, b: a.clone().copy_(b),
        torch.floor_divide,
        lambda a, b: torch.lerp(a, b, 0.3),
        lambda a, b: torch.addcmul(a, a, b),
        torch.hypot,
        lambda a, b: a.clone().add_(b),
        lambda a, b: torch.complex(a, b),
        lambda a, b: torch.polar(a, b),
    ],
)
def test_two_operands_share_axes(carries, func):
    axes, lost = carries(func, a=R(3, 4), b=R(3, 4))
    assert axes["a"] == axes["b"] == ["u0", "u1"] and not lost


@mark.parametrize(
    "func",
    [
        torch.relu,
        torch.tanh,
        F.gelu,
        F.silu,
        F.elu,
        F.softplus,
        F.hardswish,
        F.logsigmoid,
        F.mish,
        torch.erf,
        torch.digamma,
        lambda a: a.double(),
        lambda a: a.detach(),
        lambda a: a**2,
        lambda a: F.dropout(a, training=False),
        torch.square,
        torch.isnan,
        lambda a: a.clone().zero_(),
        lambda a: torch.view_as_complex(torch.stack([a, a], -1)).real,
        torch.nan_to_num,
    ],
)
def test_one_operand_keeps_its_axes(carries, func):
    axes, lost = carries(func, a=R(3, 4))
    assert axes["a"] == ["u0", "u1"] and not lost


def test_operands_are_broadcast(carries):
    axes, _ = carries(lambda a, b: a + b, a=R(3, 1), b=R(2, 1, 4))
    assert axes == {"a": ["u0", "1"], "b": ["u1", "1", "u2"]}
    axes, _ = carries(F.prelu, input=R(2, 3), weight=R(3))
    assert axes == {"input": ["u0", "u1"], "weight": ["u1"]}


def test_lists_of_numbers_are_frozen(carries):
    axes, lost = carries(lambda a, b: torch.bucketize(a, b.sort()[0]), a=R(3), b=R(4))
    assert axes["a"] == ["u0"] and lost == {("b", 0)}
    axes, _ = carries(torch.isin, elements=R(3), test_elements=R(4))
    assert axes["elements"] == ["u0"]
    axes, _ = carries(lambda a, b: torch.full((2,), float(torch.equal(a, b))), a=R(3), b=R(3))
    assert axes["a"] == axes["b"]
