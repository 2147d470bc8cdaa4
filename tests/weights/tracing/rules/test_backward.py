import torch
import torch.nn.functional as F
from pytest import mark

R = torch.randn


def gradients(func):
    """The gradients of a sum of squares."""

    def run(*operands):
        with torch.enable_grad():
            leaves = [x.detach().requires_grad_() for x in operands]
            return torch.autograd.grad(func(*leaves).square().sum(), leaves)

    return run


@mark.parametrize(
    "func, shapes, expected",
    [
        (lambda a: a.softmax(1), [(3, 4)], {"a": ["u0", "u1"]}),
        (lambda a: a.log_softmax(1), [(3, 4)], {"a": ["u0", "u1"]}),
        (lambda a, b: F.layer_norm(a, [4], b, b), [(3, 4), (4,)], {"a": ["u0", "u1"], "b": ["u1"]}),
        (
            lambda a, b: a.relu() @ b.tanh(),
            [(3, 4), (4, 5)],
            {"a": ["u0", "u1"], "b": ["u1", "u2"]},
        ),
        (lambda a: F.silu(a)[:, 1:3], [(3, 4)], {"a": ["u0", "1|u1|1"]}),
        (lambda a: a[:, 2] * 2, [(3, 4)], {"a": ["u0", "u1|2"]}),
        (lambda a: a[:, ::2], [(3, 4)], {"a": ["u0", "4"]}),
        (lambda a: F.gelu(a).sum(1), [(3, 4)], {"a": ["u0", "u1"]}),
        (lambda a: a[torch.tensor([0, 2, 2])], [(3, 4)], {"a": ["3", "u0"]}),
        (lambda a: F.embedding(torch.tensor([0, 2, 2]), a), [(3, 4)], {"a": ["3", "u0"]}),
    ],
)
def test_gradients(carries, func, shapes, expected):
    axes, _ = carries(gradients(func), **{n: R(s) for n, s in zip("ab", shapes, strict=False)})
    assert axes == expected


def test_batch_norm(carries):
    def func(a, mean, var, weight):
        return F.batch_norm(a, mean, var.detach().abs(), weight)

    def run(a, mean, var, weight):
        with torch.enable_grad():
            x, w = a.detach().requires_grad_(), weight.detach().requires_grad_()
            return torch.autograd.grad(func(x, mean, var, w).square().sum(), [x, w])

    axes, _ = carries(run, a=R(3, 4), mean=R(4), var=R(4), weight=R(4))
    assert axes["a"] == ["u0", "u1"] and axes["mean"] == axes["weight"] == ["u1"]
