import torch
from pytest import mark


@mark.parametrize(
    "func",
    [
        lambda a: a.sum(),
        lambda a: a.sum(1),
        lambda a: a.mean((0, 2), keepdim=True),
        lambda a: a.amax(-1),
        lambda a: a.std(1),
        lambda a: torch.var_mean(a, 1),
        lambda a: a.norm(dim=1),
        lambda a: a.prod(0),
        lambda a: a.logsumexp(2),
        lambda a: torch.linalg.vector_norm(a, dim=(0, 1)),
        lambda a: (a > 0).any(1),
        lambda a: a.max(),
        lambda a: a.median(),
        lambda a: a.sum(0, keepdim=True),
        lambda a: a.aminmax(dim=1),
    ],
)
def test_the_order_does_not_matter(carries, func):
    axes, lost = carries(func, a=torch.randn(3, 4, 5))
    assert axes["a"] == ["u0", "u1", "u2"] and not lost


@mark.parametrize(
    "func", [lambda a: a.max(1), lambda a: a.argmin(1, keepdim=True), lambda a: a.median(1)]
)
def test_an_index_depends_on_the_order(carries, func):
    axes, lost = carries(func, a=torch.randn(3, 4, 5))
    assert axes["a"] == ["u0", "4", "u1"] and lost == {("a", 1)}


def test_the_larger_of_two(carries):
    axes, _ = carries(torch.max, input=torch.randn(3, 4), other=torch.randn(4))
    assert axes["input"][1] == axes["other"][0]
