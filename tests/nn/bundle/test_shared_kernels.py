import pytest
import torch

from pyg_symm.groups import OrientationGrid
from pyg_symm.nn.bundle import EdgePoints, GridBundle, LazyBasis, Positions
from pyg_symm.nn.bundle.shared_kernels import SharedKernels


@pytest.mark.parametrize("cutoff", [None, 2.0])
def test_grid(tol, cutoff):
    space = GridBundle(OrientationGrid(12))
    shared = SharedKernels(space, 6, 5, cutoff=cutoff)
    pos = torch.randn(4, 3)
    frame = space.frame(pos, None, None, cutoff)
    kernels = shared(space, frame)
    num = frame.distance.size(0) + 1
    assert kernels.space.shape == (num, 12, 5) and kernels.fibre.shape == (4, 5)
    expected = shared.pairs(torch.zeros(2))  # The window of a loop is one.
    assert kernels.pairs.loops
    for loop in kernels.space[-1]:
        torch.testing.assert_close(loop, expected, atol=tol, rtol=tol)
    o = space.points.to(pos.dtype)
    fibre = shared.fibre((o @ o.T).unsqueeze(-1))
    torch.testing.assert_close(
        kernels.fibre[kernels.inner_index], fibre, atol=10 * tol, rtol=10 * tol
    )
    assert space.num_orientations == 12


@pytest.mark.parametrize("space, loop", [(Positions(), [0.0]), (EdgePoints(), [0.0, 0.0, 1.0])])
def test_spaces_without_orientations_to_mix(tol, space, loop):
    shared = SharedKernels(space, 6, 5)
    kernels = shared(space, space.frame(torch.randn(3, 3), None, None, None))
    assert shared.fibre is None and kernels.fibre is None and space.num_orientations == 1
    expected = shared.pairs(torch.tensor(loop))
    assert kernels.pairs.loops
    for loop in kernels.space[-1]:
        torch.testing.assert_close(loop, expected, atol=tol, rtol=tol)


def test_chunks_wait():
    space = Positions()
    frame = space.frame(torch.randn(3, 3), None, None, None)
    assert isinstance(SharedKernels(space, 6, 5)(space, frame, chunk_size=2).space, LazyBasis)
