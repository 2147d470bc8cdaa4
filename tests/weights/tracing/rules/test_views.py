import torch
from pytest import mark

R = torch.randn


@mark.parametrize(
    "func, expected",
    [
        (lambda a: a.view(3, 2, 4), ["u0", "u1*u2"]),
        (lambda a: a.t().reshape(24), ["u0", "u1"]),
        (lambda a: a.flatten(), ["u0", "u1"]),
        (lambda a: a[:, None].squeeze(1).transpose(0, 1), ["u0", "u1"]),
        (lambda a: a.permute(1, 0).contiguous(), ["u0", "u1"]),
        (lambda a: a.expand(5, 3, 8), ["u0", "u1"]),
        (lambda a: a.repeat(2, 3), ["u0", "u1"]),
        (lambda a: a[:, 2:5], ["u0", "u1|u2|u3"]),
        (lambda a: a[:, -1], ["u0", "u1|1"]),
        (lambda a: a[1], ["3", "u0"]),
        (lambda a: a.split([3, 5], 1), ["u0", "u1|u2"]),
        (lambda a: a.chunk(2, -1)[0] * a.chunk(2, -1)[1], ["u0", "u1|u1"]),
        (lambda a: torch.cat([a, a], 1) @ torch.arange(32.0).view(16, 2), ["u0", "8"]),
        (lambda a: torch.cat([a, a], 0), ["u0", "u1"]),
        (lambda a: torch.stack([a, a], 1), ["u0", "u1"]),
        (lambda a: torch.nn.functional.pad(a, (1, 2)), ["u0", "u1"]),
        (lambda a: torch.nn.functional.pad(a, (-2, 1)), ["u0", "u1|u2"]),
        (lambda a: a.view(torch.int32), ["u0", "8"]),
        (lambda a: torch.as_strided(a, (3, 8), (8, 1)), ["u0", "u1"]),
    ],
)
def test_axes_of_a_matrix(carries, func, expected):
    axes, _ = carries(func, a=R(3, 8))
    assert axes["a"] == expected


@mark.parametrize(
    "func, expected",
    [
        (lambda a: a.unfold(1, 4, 2), ["u0", "8"]),
        (lambda a: a[:, ::2], ["u0", "8"]),
        (lambda a: torch.as_strided(a, (2, 8), (8, 1), 8), ["3", "8"]),
    ],
)
def test_axes_that_keep_their_order(carries, func, expected):
    axes, lost = carries(func, a=R(3, 8))
    assert axes["a"] == expected and lost


def test_complex_numbers(carries):
    axes, _ = carries(torch.view_as_complex, input=R(3, 2))
    assert axes["input"] == ["u0", "2"]
    assert carries(torch.view_as_real, input=torch.complex(R(3), R(3)))[0]["input"] == ["u0"]


def test_parts_of_an_axis_that_were_computed_together(carries):
    def func(a, b):
        parts = torch.cat([a, b], 1).unflatten(1, (2, 4)).transpose(0, 1)
        return parts[0], parts[1].view(3, 2, 2)

    axes, _ = carries(func, a=R(3, 4), b=R(3, 4))
    assert axes == {"a": ["u0", "u1"], "b": ["u0", "u2*u3"]}


def test_shapes_that_change_in_place(carries):
    axes, lost = carries(lambda a: (a * 2).squeeze_(1).unsqueeze_(0), a=R(3, 1, 4))
    assert axes == {"a": ["u0", "1", "u1"]} and not lost
