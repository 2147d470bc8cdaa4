import pytest
import torch

from pyg_symm.groups import OrientationGrid
from pyg_symm.nn.bundle import KernelBasis, Kernels, LazyBasis, Pairs

PAIRS = Pairs(torch.tensor([0, 1, 2]), torch.tensor([1, 2, 0]), 0, False, loops=True)


def lin(channels=4):
    return torch.nn.Linear(5, channels, bias=False)


def test_sum_is_over_neighbours_and_the_node_itself(tol):
    space, x, read = torch.randn(4, 2, 5), torch.randn(3, 2, 4), lin()
    out = Kernels(PAIRS, space).sum(read, x)
    expected = torch.stack(
        [
            read(space[3]) * x[i] + read(space[r]) * x[j]
            for i, r, j in ((0, 2, 2), (1, 0, 0), (2, 1, 1))
        ]
    )
    torch.testing.assert_close(out, expected, atol=tol, rtol=tol)


def test_mix_is_a_weighted_sum_over_orientations(tol):
    grid = OrientationGrid(32)
    fibre, read = torch.randn(grid.inner_values.numel(), 5), lin()
    kernels = Kernels(PAIRS, torch.randn(0, 32, 5), fibre, grid.inner_index, grid.weights)
    x = torch.randn(3, 32, 4)
    expected = torch.zeros_like(x)
    for p in range(32):
        for o in range(32):
            kernel = read(fibre[grid.inner_index[p, o]])
            expected[:, p] += grid.weights[o].to(x.dtype) * kernel * x[:, o]
    torch.testing.assert_close(kernels.mix(read, x), expected, atol=10 * tol, rtol=10 * tol)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_parts_of_the_pairs_give_the_same(tol, size):
    basis, read = KernelBasis(2, 3, 5, cutoff=3.0), lin()
    x = torch.randn(3, 2, 4, requires_grad=True)
    attributes, distance = torch.randn(4, 2, 2, requires_grad=True), torch.rand(4, 1)
    outs = [
        Kernels(PAIRS, space).sum(read, x)
        for space in (basis(attributes, distance), LazyBasis(basis, attributes, distance, size))
    ]
    torch.testing.assert_close(*outs, atol=tol, rtol=tol)
    wrt = [x, attributes, *basis.parameters(), *read.parameters()]
    grads = [torch.autograd.grad(out.square().sum(), wrt) for out in outs]
    torch.testing.assert_close(*grads, atol=100 * tol, rtol=100 * tol)
    with torch.no_grad():
        out = Kernels(PAIRS, LazyBasis(basis, attributes, distance, size)).sum(read, x)
    torch.testing.assert_close(out, outs[0], atol=tol, rtol=tol)
