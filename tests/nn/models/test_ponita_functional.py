"""PONITA under the transforms of :mod:`torch.func`, as for forces and their derivatives."""

import pytest
import torch
from torch.func import functional_call, grad, hessian, vmap

from pyg_symm.nn import PONITA

EDGES = torch.tensor([[0, 1, 1, 2, 3, 2, 4], [1, 0, 2, 1, 2, 3, 0]])


@pytest.fixture(params=[6, 0, "edges"])
def energy(request, float64):
    """The energy of a cloud by parameters and positions, and both."""
    model = PONITA(3, 8, 1, 2, orientations=request.param, pool="sum").eval()
    x, parameters = torch.randn(5, 3), dict(model.named_parameters())

    def of(parameters, pos):
        return functional_call(model, parameters, (x, pos, EDGES)).sum()

    return of, parameters, torch.randn(5, 3)


def test_forces_and_what_a_loss_of_them_teaches(energy):
    of, parameters, pos = energy
    leaf = pos.clone().requires_grad_()
    (expected,) = torch.autograd.grad(of(parameters, leaf), leaf, create_graph=True)
    torch.testing.assert_close(grad(of, argnums=1)(parameters, pos), expected)
    found = grad(lambda p: grad(of, argnums=1)(p, pos).square().sum())(parameters)
    loss = expected.square().sum()
    grads = torch.autograd.grad(loss, list(parameters.values()), materialize_grads=True)
    for name, expected in zip(parameters, grads, strict=True):
        torch.testing.assert_close(found[name], expected)


def test_hessians(energy):
    of, parameters, pos = energy
    expected = torch.autograd.functional.hessian(lambda pos: of(parameters, pos), pos)
    torch.testing.assert_close(hessian(of, argnums=1)(parameters, pos), expected)


@pytest.mark.parametrize("energy", [6, 0], indirect=True)
def test_batches_of_positions(energy):
    of, parameters, pos = energy
    clouds = torch.stack([pos, 2 * pos, -pos])
    found = vmap(of, in_dims=(None, 0))(parameters, clouds)
    torch.testing.assert_close(found, torch.stack([of(parameters, cloud) for cloud in clouds]))
