import pytest
import torch

from pyg_symm.groups import position_invariants, random_orthogonal, wigner_d
from pyg_symm.nn.steerable import BesselBasis, Edges, Interaction, SteerableLayer


@pytest.fixture
def edges():
    """Edges of six points, and a function that makes them for moved points."""
    basis = BesselBasis(4, cutoff=5.0)
    index = torch.tensor([[0, 1, 2, 3, 4, 5, 0], [1, 2, 0, 4, 5, 3, 3]])

    def of(pos):
        distance = position_invariants(pos, index).squeeze(-1)
        return Edges(pos, index, basis(distance), basis.window(distance))

    return of


def moved(x, matrix, det):
    out = x @ matrix[: x.size(-1), : x.size(-1)].T
    return torch.cat([out[:, :1], det * out[:, 1:]], dim=1)


CASES = [(0, 1, False), (0, 1, True), (1, 1, True), (2, 2, True), (2, 1, False)]


@pytest.mark.parametrize(("lmax_in", "sheets", "odd"), CASES)
@pytest.mark.parametrize("layer", [False, True])
def test_commutes_with_rotations_and_reflections(edges, lmax_in, sheets, odd, layer):
    if layer:
        module = SteerableLayer(4, (lmax_in, 2, 1), (sheets, 2), 2, odd, 4, 2.0, 1)
    else:
        module = Interaction(4, lmax_in, 2, sheets, odd, 4, 2.0)
    pos, h = torch.randn(6, 3), torch.randn(6, sheets, 4, (lmax_in + 1) ** 2)
    out = module(h, edges(pos))
    assert out.shape == (6, module.out_sheets, 4, 4 if layer else 9)
    for motion in random_orthogonal(4):
        matrix, det = wigner_d(2, motion), torch.linalg.det(motion).round()
        turned = module(moved(h, matrix, det), edges(pos @ motion.T + 1))
        torch.testing.assert_close(turned, moved(out, matrix, det))


def test_messages_are_sums_over_neighbours(edges):
    module, pos = Interaction(4, 1, 2, 1, False, 4, 2.0), torch.randn(6, 3)
    h, all_edges = torch.randn(6, 1, 4, 4), edges(pos)
    out = module(h, all_edges)
    parts = []
    for e in range(7):
        one = Edges(
            pos,
            *(
                part[..., e : e + 1, :] if i == 1 else part[..., e : e + 1]
                for i, part in enumerate((all_edges.edge_index, all_edges.basis, all_edges.window))
            ),
        )
        parts.append(module(h, one))
    torch.testing.assert_close(out, sum(parts))
    assert torch.equal(module(h, all_edges._replace(window=torch.zeros(7))), torch.zeros_like(out))


def test_the_number_of_neighbours_divides(edges):
    torch.manual_seed(0)
    one = Interaction(4, 1, 2, 1, True, 4, 1.0)
    torch.manual_seed(0)
    four = Interaction(4, 1, 2, 1, True, 4, 4.0)
    h, graph = torch.randn(6, 1, 4, 4), edges(torch.randn(6, 3))
    torch.testing.assert_close(one(h, graph), 4 * four(h, graph))


def test_without_edges_a_layer_keeps_to_the_node(edges):
    layer, h = SteerableLayer(4, (1, 2, 1), (1, 1), 2, False, 4, 2.0, 1), torch.randn(6, 1, 4, 4)
    pos, graph = torch.randn(6, 3), edges(torch.randn(6, 3))
    none = Edges(pos, graph.edge_index[:, :0], graph.basis[:0], graph.window[:0])
    alone = layer(h[:3], none._replace(pos=pos[:3]))
    torch.testing.assert_close(layer(h, none)[:3], alone)
