import torch
from pytest import mark

R = torch.randn


def test_diagonals(carries):
    assert carries(lambda a: a.diagonal(dim1=0, dim2=2), a=R(3, 4, 3))[0]["a"] == ["u0", "u1", "u0"]
    assert carries(lambda a: a.diagonal(1), a=R(3, 3))[0]["a"] == ["3", "3"]


def test_an_empty_tensor_is_put_beside_another(carries):
    axes, _ = carries(lambda a: torch.cat([torch.empty(0), a], 1), a=R(3, 4))
    assert axes["a"] == ["u0", "u1"]


def test_slices_of_a_stack_stay_apart(carries):
    def func(a, b):
        both = torch.stack([a, b]).transpose(0, 1).unsqueeze(0).clone()
        return both[0, :, 0], both.squeeze(0).unbind(1)[1]

    axes, _ = carries(func, a=R(3, 4), b=R(3, 4))
    assert axes == {"a": ["u0", "u1"], "b": ["u2", "u3"]}


def test_slices_of_a_stack_that_are_read_together_are_equal(carries):
    axes, _ = carries(lambda a, b: torch.stack([a, b]).sum(0), a=R(4), b=R(4))
    assert axes["a"] == axes["b"] == ["u0"]
    axes, _ = carries(lambda a, b: torch.stack([a, b]).exp_()[0], a=R(4), b=R(4))
    assert axes["a"] == axes["b"] == ["u0"]


@mark.parametrize(
    "func, first, second",
    [
        (lambda a, b: a.slice_scatter(b, 1, 2, 4), ["u0", "u1|u2|u3"], ["u0", "u2"]),
        (lambda a, b: a.slice_scatter(b, 1, -2), ["u0", "u1|u2"], ["u0", "u2"]),
        (lambda a, b: a.select_scatter(b[:, 0], 1, 2), ["u0", "u1|1|u2"], ["u0", "2"]),
        (lambda a, b: a.slice_scatter(b, 1, end=4, step=2), ["3", "6"], ["3", "2"]),
    ],
)
def test_a_piece_is_replaced(carries, func, first, second):
    axes, _ = carries(func, a=R(3, 6), b=R(3, 2))
    assert axes == {"a": first, "b": second}


def test_traces(carries):
    assert carries(torch.trace, a=R(3, 3))[0]["a"] == ["u0", "u0"]
    assert carries(torch.trace, a=R(3, 4))[0]["a"] == ["3", "4"]
