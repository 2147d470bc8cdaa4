import torch
from pytest import mark

R = torch.randn


@mark.parametrize(
    "func",
    [
        lambda a: a.cumsum(1),
        lambda a: a.flip(1),
        lambda a: a.roll(1, 1),
        lambda a: a.sort(1),
        lambda a: a.topk(2, 1),
        lambda a: torch.fft.rfft(a, dim=1),
        lambda a: torch.fft.fft(a, dim=1),
        lambda a: a.cummax(1),
        lambda a: a.argsort(1),
    ],
)
def test_one_axis_keeps_its_order(carries, func):
    axes, lost = carries(func, a=R(3, 4, 5))
    assert axes["a"][0] == "u0" and axes["a"][2].startswith("u") and axes["a"][1] == "4"
    assert lost == {("a", 1)}


def test_all_axes_keep_it_by_default(carries):
    assert carries(lambda a: a.roll(1), a=R(3, 4))[0]["a"] == ["3", "4"]


@mark.parametrize(
    "func",
    [torch.linalg.inv, torch.linalg.eigvalsh, torch.linalg.det, torch.triu, torch.matrix_exp],
)
def test_matrices_keep_theirs(carries, func):
    axes, _ = carries(lambda a: func(a), a=R(2, 3, 3))
    assert axes["a"][1:] == ["3", "3"]


def test_cross_products(carries):
    axes, _ = carries(lambda a, b: torch.linalg.cross(a, b), a=R(4, 3), b=R(4, 3))
    assert axes == {"a": ["u0", "3"], "b": ["u0", "3"]}
    axes, _ = carries(lambda a, b: torch.linalg.cross(a, b), a=R(4, 3), b=R(1, 3))
    assert axes["a"] == ["u0", "3"]
