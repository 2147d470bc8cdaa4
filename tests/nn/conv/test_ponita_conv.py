import pytest
import torch

from pyg_symm.groups import OrientationGrid, icosahedral_group, random_orthogonal
from pyg_symm.nn import PONITAConv
from pyg_symm.testing import assert_equivariant

NONE = torch.empty(2, 0, dtype=torch.long)


def moved(grid, matrix):
    """Where each orientation goes."""
    return (grid.points @ matrix.T @ grid.points.T).argmax(1)


@pytest.mark.parametrize("num", [12, 20])
def test_rotations_of_the_grid_move_features(tol, num, graph):
    conv = PONITAConv(3, 5, orientations=num)
    x, pos = torch.randn(9, num, 3), torch.randn(9, 3)
    out = conv(x, pos, graph)
    for matrix in icosahedral_group()[[7, 31, 60, 101]]:
        place = moved(conv.space.grid, matrix)
        turned = torch.empty_like(x)
        turned[:, place] = x
        again = conv(turned, pos @ matrix.T.to(pos) + 2.0, graph)
        torch.testing.assert_close(again[:, place], out, atol=20 * tol, rtol=20 * tol)


def test_positions_only_are_exact(tol, graph):
    conv = PONITAConv(3, 5, orientations=0)
    x, pos = torch.randn(9, 3), torch.randn(9, 3)
    matrix = random_orthogonal(1)[0]
    out = conv(x, pos, graph)
    assert out.shape == (9, 1, 5)
    torch.testing.assert_close(conv(x, pos @ matrix, graph), out, atol=20 * tol, rtol=20 * tol)


def test_literal_formula(tol, graph):
    conv = PONITAConv(3, 5, orientations=OrientationGrid(6), cutoff=2.5)
    torch.nn.init.normal_(conv.conv.bias)
    x, pos = torch.randn(9, 6, 3), torch.randn(9, 3)
    o, w = conv.space.grid.points.to(pos), conv.space.grid.weights.to(pos)
    pairs, fibre = conv.kernels.pairs, conv.kernels.fibre
    g, h = torch.zeros_like(x), torch.zeros_like(x)
    loops = [(i, i) for i in range(9)]
    for j, i in [(j, i) for j, i in graph.T.tolist() if j != i] + loops:
        r = pos[j] - pos[i]
        for p in range(6):
            along = r @ o[p]
            a = torch.stack([along, (r - along * o[p]).norm()])
            kernel = conv.conv.lin_space(pairs(a) * pairs.window(r.norm()))
            g[i, p] += kernel * x[j, p]
    for p in range(6):
        for q in range(6):
            kernel = conv.conv.lin_fibre(fibre((o[p] @ o[q]).view(1)))
            h[:, p] += w[q] * kernel * g[:, q]
    expected = conv.lin(h + conv.conv.bias)
    torch.testing.assert_close(conv(x, pos, graph), expected, atol=20 * tol, rtol=20 * tol)


def test_nodes_and_edges_in_any_order(graph):
    conv = PONITAConv(3, 5)
    assert_equivariant(lambda x, e: conv(x[:, 3:], x[:, :3], e), torch.randn(9, 6), graph)


def test_all_pairs_of_a_graph(tol):
    conv, x, pos = PONITAConv(3, 5, orientations=8, dim=2), torch.randn(5, 3), torch.randn(5, 2)
    batch = torch.tensor([0, 1, 0, 0, 1])
    same = (batch == batch.unsqueeze(1)).nonzero().T
    torch.testing.assert_close(
        conv(x, pos, None, batch), conv(x, pos, same), atol=tol * 10, rtol=tol * 10
    )
    spread = x.unsqueeze(1).expand(5, 8, 3)
    assert torch.equal(conv(x, pos, same), conv(spread, pos, same))


def test_a_node_alone():
    conv = PONITAConv(3, 5)
    assert conv(torch.randn(1, 3), torch.randn(1, 3), NONE).shape == (1, 12, 5)


def test_reset_parameters_and_repr():
    conv = PONITAConv(3, 5, orientations=20)
    before = {name: p.clone() for name, p in conv.named_parameters() if p.dim() > 1}
    conv.reset_parameters()
    assert not any(torch.equal(before[n], dict(conv.named_parameters())[n]) for n in before)
    assert str(conv) == "PONITAConv(3, 5, orientations=20)"


@pytest.mark.parametrize(
    "options, message",
    [
        ({"in_channels": 0}, "'in_channels' must be an integer of 1 or more .got 0"),
        ({"orientations": "edges"}, "'orientations' must be a number or a grid"),
        ({"cutoff": 0}, "'cutoff' must be positive .got 0"),
        ({"orientations": OrientationGrid(8, dim=2)}, "'orientations' must be a grid of 3"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        PONITAConv(**{"in_channels": 3, "out_channels": 5, **options})


def test_wrong_inputs(graph):
    conv = PONITAConv(3, 5)
    with pytest.raises(ValueError, match=r"'x' must have shape \[9, 12, 3\] \(got \[9, 4\]\)"):
        conv(torch.randn(9, 4), torch.randn(9, 3), graph)
    with pytest.raises(ValueError, match=r"'pos' must have shape \[N, 3\] \(got \[9, 2\]\)"):
        conv(torch.randn(9, 3), torch.randn(9, 2), graph)
