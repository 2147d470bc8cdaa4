import torch

from pyg_symm.groups import OrientationGrid
from pyg_symm.nn.bundle import Kernels, Pairs, SeparableConv

GRID = OrientationGrid(6)
PAIRS = Pairs(torch.tensor([0, 1, 2, 0]), torch.tensor([1, 2, 0, 2]), 0, False, loops=True)


def kernels():
    space = torch.randn(5, 6, 5)
    fibre = torch.randn(GRID.inner_values.numel(), 5)
    return Kernels(PAIRS, space, fibre, GRID.inner_index, GRID.weights)


def test_separable_kernel_is_the_full_kernel_of_an_outer_product(tol):
    conv, shared, x = SeparableConv(4, 5), kernels(), torch.randn(3, 6, 4)
    torch.nn.init.normal_(conv.bias)
    one, two = conv.lin_space(shared.space), conv.lin_fibre(shared.fibre)[GRID.inner_index]
    expected = torch.zeros_like(x)
    edges = [*zip(PAIRS.source.tolist(), PAIRS.target.tolist(), one[:4], strict=True)]
    for j, i, space in [*edges, *((i, i, one[4]) for i in range(3))]:
        full = two * space.unsqueeze(0)  # [O, O, C], of the outer product.
        weighted = GRID.weights.to(x.dtype).unsqueeze(-1) * x[j]
        expected[i] += (full * weighted).sum(1)
    out = conv(x, shared)
    torch.testing.assert_close(out, expected + conv.bias, atol=20 * tol, rtol=20 * tol)


def test_without_orientations_to_mix(tol):
    conv, x = SeparableConv(4, 5, mix=False), torch.randn(3, 1, 4)
    shared = Kernels(PAIRS, torch.randn(4, 1, 5), torch.randn(5))
    expected = shared.sum(conv.lin_space, x)
    torch.testing.assert_close(conv(x, shared), expected, atol=tol, rtol=tol)


def test_calibration_keeps_the_deviation(tol):
    conv, shared, x = SeparableConv(4, 5), kernels(), 3 * torch.randn(3, 6, 4) + 1
    with torch.no_grad():
        conv.lin_space.weight.mul_(20)
        conv.lin_fibre.weight.mul_(0.01)
    conv.calibrate(x, shared)
    between = shared.sum(conv.lin_space, x)
    for out in (between, conv(x, shared)):
        deviations = out.std(correction=0), x.std(correction=0)
        torch.testing.assert_close(*deviations, atol=20 * tol, rtol=20 * tol)


def test_reset_parameters_and_repr():
    conv = SeparableConv(4, 5)
    before = conv.lin_space.weight.clone()
    torch.nn.init.normal_(conv.bias)
    conv.reset_parameters()
    assert not torch.equal(conv.lin_space.weight, before) and not conv.bias.any()
    assert str(conv) == "SeparableConv(4, 5, mix=True)"
