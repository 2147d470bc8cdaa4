import pytest
import torch
from torch.func import functional_call, grad, hessian, jacfwd, jacrev, jvp, vmap

from pyg_symm.utils import Partition, Permutation, Selection
from pyg_symm.utils.linear_map import LinearMap, apply

pytestmark = pytest.mark.usefixtures("float64")

PARTITION = Partition.of(torch.tensor([1, 0, 1, 3, 0]), num_segments=4)
MAPS = {
    "permute": (Permutation.of(torch.tensor([2, 0, 4, 1, 3])), 5),
    "select": (Selection(torch.tensor([4, 0]), 5), 5),
    "sum": (PARTITION.sum, 5),
    "expand": (PARTITION.expand, 4),
}
of_maps = pytest.mark.parametrize("function, num_rows", MAPS.values(), ids=MAPS.keys())


def matrix(function, num_rows):
    return function(torch.eye(num_rows))


@of_maps
@pytest.mark.parametrize("shape", [(), (3,), (3, 2)])
def test_all_modes_are_the_matrix(function, num_rows, shape):
    a, x, v = matrix(function, num_rows), *torch.randn(2, num_rows, *shape)
    torch.testing.assert_close(function(x), torch.tensordot(a, x, 1))
    out, tangent = jvp(function, (x,), (v,))
    torch.testing.assert_close((out, tangent), (function(x), function(v)))
    weight = torch.randn_like(out)
    expected = torch.tensordot(a.t(), weight, 1)
    torch.testing.assert_close(grad(lambda x: (weight * function(x)).sum())(x), expected)
    jacobian = torch.einsum("st,ab->satb", a, torch.eye(x[0].numel()))
    for jac in (jacrev, jacfwd):
        torch.testing.assert_close(jac(function)(x).view(jacobian.shape), jacobian)
    curved = hessian(lambda x: (weight * function(x) ** 3).sum())(x)
    torch.testing.assert_close(curved, jacfwd(grad(lambda x: (weight * function(x) ** 3).sum()))(x))


@of_maps
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_many_inputs_at_once(function, num_rows, dim):
    xs = torch.randn(7, num_rows, 3)
    expected = torch.stack([function(x) for x in xs])
    torch.testing.assert_close(vmap(function, in_dims=dim)(xs.movedim(0, dim)), expected)
    nested = vmap(vmap(function, in_dims=1, out_dims=1))(xs)
    torch.testing.assert_close(nested, expected)
    gradients = vmap(grad(lambda x: function(x).square().sum()))(xs)
    for x, ours in zip(xs, gradients, strict=True):
        torch.testing.assert_close(ours, grad(lambda x: function(x).square().sum())(x))


@of_maps
def test_second_derivatives(function, num_rows):
    x = torch.randn(num_rows, 2, requires_grad=True)
    assert torch.autograd.gradcheck(function, x, check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: function(x) ** 3, x)


def test_batched_indices_are_refused():
    orders = torch.tensor([[0, 1], [1, 0]])
    with pytest.raises(ValueError, match="'vmap' over sets, indices or plans is not supported"):
        vmap(lambda order: Permutation(order, order)(torch.ones(2, 3)))(orders)


def test_compiled_code_has_no_forward_mode():
    class Double(LinearMap):
        @staticmethod
        def forward(x):
            return 2 * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * grad

    torch._dynamo.reset()
    x = torch.ones(3, requires_grad=True)
    compiled = torch.compile(lambda x: apply(Double, x), fullgraph=True, backend="aot_eager")
    compiled(x).sum().backward()
    assert torch.equal(x.grad, torch.full((3,), 2.0))


def test_gradients_of_parameters_of_each_sample():
    lin, xs = torch.nn.Linear(3, 2), torch.randn(4, 5, 3)
    parameters = dict(lin.named_parameters())

    def loss(parameters, x):
        return PARTITION.sum(functional_call(lin, parameters, x)).square().sum()

    per_sample = vmap(grad(loss), in_dims=(None, 0))(parameters, xs)
    for i, x in enumerate(xs):
        for name, ours in grad(loss)(parameters, x).items():
            torch.testing.assert_close(per_sample[name][i], ours)
