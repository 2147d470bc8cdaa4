import pytest
import torch

from pyg_symm.nn.dense import BlockLayout
from pyg_symm.nn.dense.block_product import BlockProduct, ProductMasks


def _plain(u, v, layout, scale):
    """The product, term by term of its definition, with every mask by itself."""
    u, v = u.unbind(2), v.unbind(2)
    size = layout.num_seen.to(u[0].dtype).rsqrt() if scale else 1
    seen, same, earlier = (mask * size for mask in (layout.seen, layout.same, layout.earlier))
    planes = [torch.where(layout.seen, (u[0] * seen) @ v[0], u[0] @ (v[0] * seen.mT))]
    if len(u) == 2:
        # Pairs of finished nodes are in plane 0, and in plane 1 those with a noisy one.
        low = torch.where(layout.same, (u[1] * earlier) @ v[1], (u[1] * earlier) @ v[0])
        low = low + (u[1] * same) @ v[1]
        high = u[0] @ (v[1] * earlier.mT) + u[1] @ (v[1] * same.mT)
        planes.append(torch.where(layout.seen, low, high))
    return torch.stack(planes, dim=2)


def _inputs(layout, planes, channels, dtype=None):
    n = layout.seen.size(-1)
    u = torch.randn(2, channels, planes, n, n, dtype=dtype, requires_grad=True)
    v = torch.randn(2, channels, planes, n, n, dtype=dtype, requires_grad=True)
    lin = torch.nn.Linear(channels, channels, dtype=dtype)
    return u, v, lin


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("planes", [1, 2])
def test_product_and_its_gradients_are_those_of_the_plain_form(tol, inputs, planes, scale):
    *_, layout = inputs
    u, v, lin = _inputs(layout, planes, 3)
    masks = ProductMasks.of(layout, u.dtype, scale)
    base = torch.randn(v.transpose(1, 2).shape).movedim(2, -1).requires_grad_()
    actual = BlockProduct.apply(base, u, v, lin.weight, lin.bias, *masks)
    expected = base + lin(_plain(u, v, layout, scale).movedim(1, -1))
    torch.testing.assert_close(actual, expected, rtol=0, atol=tol)
    grad = torch.randn_like(actual)
    to = (base, u, v, lin.weight, lin.bias)
    grads = torch.autograd.grad(actual, to, grad), torch.autograd.grad(expected, to, grad)
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=20 * tol)


@pytest.mark.parametrize("planes", [1, 2])
def test_gradients_of_products(planes):
    layout = BlockLayout.of(torch.tensor([[0, 0, 1, 2], [0, 1, 1, -1]]))
    u, v, lin = _inputs(layout, planes, 2, torch.double)
    masks = ProductMasks.of(layout, torch.double)
    base = torch.randn(2, planes, 4, 4, 2, dtype=torch.double, requires_grad=True)
    inputs = base, u, v, lin.weight, lin.bias
    assert torch.autograd.gradcheck(BlockProduct.apply, (*inputs, *masks))
