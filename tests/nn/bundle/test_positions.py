import pytest
import torch

from pyg_symm.groups import random_orthogonal
from pyg_symm.nn import PONITA
from pyg_symm.nn.bundle import PolynomialWindow, PooledPositions, Positions

EDGES = torch.tensor([[0, 1, 1, 2, 2], [1, 0, 2, 1, 0]])


def test_frame_holds_distances(tol):
    pos = torch.randn(3, 3)
    frame = Positions().frame(pos, EDGES, None, None)
    assert frame.pairs.two_way == 2 and frame.attributes.shape == (3, 1, 1)
    offset = pos[frame.pairs.source] - pos[frame.pairs.target]
    expected = offset.norm(dim=1, keepdim=True)
    torch.testing.assert_close(frame.distance, expected, atol=tol, rtol=tol)
    assert Positions().frame(pos, EDGES[:, :4], None, None).pairs.two_way == 2
    assert Positions().frame(pos, None, None, 1e-6).distance.numel() == 0


def test_vectors_enter_by_their_lengths(tol):
    x, vec = torch.randn(3, 2), torch.randn(3, 1, 3)
    out = Positions().lift(x, vec, None)
    expected = torch.cat([x, vec.norm(dim=-1)], dim=-1).unsqueeze(1)
    torch.testing.assert_close(out, expected, atol=tol, rtol=tol)


@pytest.mark.parametrize("kind", [Positions, PooledPositions])
def test_vectors_are_read_along_offsets_and_vectors(tol, kind):
    space, pos, vec = kind(cutoff=4.0), torch.randn(3, 3), torch.randn(3, 2, 3)
    window = PolynomialWindow(4.0)
    y = torch.randn(3, 1, space.read_channels(2, 2, 2))
    for edges in (EDGES, EDGES[:, :4]):  # One way only for one edge, both ways for all.
        frame = space.frame(pos, edges, None, 4.0)
        scalars, vectors = space.read(y, 2, frame, pos, vec)
        assert torch.equal(scalars, y[:, 0, :2])
        along, factors = y[:, 0, 2:4], y[:, 0, 4:].view(3, 2, 2)
        expected = torch.einsum("nkv,nvd->nkd", factors, vec)
        for j, i in edges.T.tolist():
            r = pos[j] - pos[i]
            factor = along[i] + along[j] if kind is Positions else along[j]
            expected[i] += window(r.norm()) * factor.unsqueeze(-1) * r
        torch.testing.assert_close(vectors, expected, atol=10 * tol, rtol=10 * tol)


def test_no_vectors():
    frame = Positions().frame(torch.randn(3, 3), EDGES, None, None)
    scalars, vectors = Positions().read(torch.randn(3, 1, 2), 2, frame, torch.randn(3, 3), None)
    assert scalars.shape == (3, 2) and vectors.shape == (3, 0, 3)


@pytest.mark.parametrize("pool", ["sum", "mean"])
def test_vectors_of_a_graph_do_not_cancel(tol, pool):
    model = PONITA(2, 8, 0, 2, out_vectors=1, orientations=0, pool=pool)
    x, pos, matrix = torch.randn(5, 2), torch.randn(5, 3), random_orthogonal(1)[0]
    _, vectors = model(x, pos)
    assert vectors.norm() > 1e-2
    moved, expected = model(x, pos @ matrix.T + 1)[1], vectors @ matrix.T
    torch.testing.assert_close(moved, expected, atol=100 * tol, rtol=100 * tol)
