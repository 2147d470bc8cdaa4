import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import to_undirected

from pyg_symm.groups import (
    OrientationGrid,
    cyclic_rotations,
    icosahedral_group,
    random_orthogonal,
    random_rotations,
)
from pyg_symm.nn import PONITA

EDGES = torch.tensor([[0, 1, 1, 2, 3, 2, 4, 4], [1, 0, 2, 1, 2, 3, 4, 0]])  # One loop, one way.
NUM = 6
SPACES = [12, 16, 0, "edges"]
of_spaces = pytest.mark.parametrize("orientations", SPACES)
POLYHEDRA = [12, 20, 30, 32, 42, 62]
EXACT = {torch.float32: 1e-4, torch.float64: 1e-11}
# The released N-body network, and others of the published sizes.
NBODY = {
    **{"in_channels": 1, "hidden_channels": 128, "out_channels": 0, "num_layers": 5},
    "in_vectors": 1,
    "out_vectors": 1,
    "orientations": 16,
    "basis_channels": 256,
    "readouts": "all",
    "layer_scale": 1e-6,
}
SMALL = {**NBODY, "hidden_channels": 32, "basis_channels": 32, "num_layers": 3, "orientations": 12}
QM9 = {"in_channels": 11, "hidden_channels": 128, "out_channels": 1, "num_layers": 5}
QM9_SMALL = {**QM9, "hidden_channels": 64, "num_layers": 3, "basis_channels": 64}


def call(model, x, pos, edge_index, vec, **kwargs):
    return model(x, pos, edge_index, vec=vec, **kwargs)


def error(a, b):
    return float((a - b).detach().norm() / b.detach().norm())


# The formulas ---------------------------------------------------------------


def literal(model, x, pos, edge_index, vec):
    """The network on a grid, node by node and orientation by orientation."""
    o, w = model.space.grid.points.to(pos), model.space.grid.weights.to(pos)
    num, basis = pos.size(0), model.kernels
    edges = [(j, i) for j, i in edge_index.T.tolist() if j != i] + [(i, i) for i in range(num)]
    f = torch.stack([torch.cat([x, vec @ p], dim=-1) for p in o], dim=1) @ model.embed.weight.T
    reads = []
    for block in model.stack.blocks:
        g, h = torch.zeros_like(f), torch.zeros_like(f)
        for j, i in edges:
            r = pos[j] - pos[i]
            for p in range(len(o)):
                along = r @ o[p]
                a = torch.stack([along, (r - along * o[p]).norm()])
                space = basis.pairs(a) * basis.pairs.window(r.norm())
                g[i, p] += block.conv.lin_space(space) * f[j, p]
        for p in range(len(o)):
            for q in range(len(o)):
                h[:, p] += w[q] * block.conv.lin_fibre(basis.fibre((o[p] @ o[q]).view(1))) * g[:, q]
        h = block.mlp.lin2(
            torch.nn.functional.gelu(block.mlp.lin1(block.mlp.norm(h + block.conv.bias)))
        )
        f = f + block.scale * h
        reads.append(f)
    y = torch.stack([lin(f) for lin, f in zip(model.stack.readouts, reads, strict=True)]).mean(0)
    scalars = sum(w[p] * y[:, p, :3] for p in range(len(o)))
    vectors = sum(w[p] * y[:, p, 3:, None] * o[p] for p in range(len(o)))
    return scalars, vectors


@pytest.mark.parametrize("cutoff", [None, 2.0])
@pytest.mark.parametrize("num", [6, 9])
def test_equals_the_formulas_on_a_grid(tol, cutoff, num, ponita, cloud):
    model, args = ponita(num, cutoff=cutoff), cloud()
    for edges in (EDGES, to_undirected(EDGES)):
        args = (*args[:2], edges, args[3])
        out, expected = call(model, *args), literal(model, *args)
        torch.testing.assert_close(out, expected, atol=50 * tol, rtol=50 * tol)


def literal_points(model, x, pos, edge_index, vec):
    """The network on oriented points, point by point."""
    edges = [(j, i) for j, i in edge_index.T.tolist() if j != i]
    joined = {*edges, *((i, i) for i in range(len(pos)))}
    o = [(pos[j] - pos[i]) / (pos[j] - pos[i]).norm() for j, i in edges]
    f = [torch.cat([x[i], vec[i] @ o[p]]) for p, (_, i) in enumerate(edges)]
    f = torch.stack(f) @ model.embed.weight.T
    reads, basis = [], model.kernels.pairs
    for block in model.stack.blocks:
        g = torch.zeros_like(f)
        for p, (_, i) in enumerate(edges):
            for q, (_, j) in enumerate(edges):
                if (j, i) in joined:
                    r = pos[j] - pos[i]
                    along = r @ o[p]
                    a = torch.stack([along, (r - along * o[p]).norm(), o[p] @ o[q]])
                    g[p] += block.conv.lin_space(basis(a)) * f[q]
        h = block.mlp.norm(g + block.conv.bias)
        f = f + block.scale * block.mlp.lin2(torch.nn.functional.gelu(block.mlp.lin1(h)))
        reads.append(f)
    y = torch.stack([lin(f) for lin, f in zip(model.stack.readouts, reads, strict=True)]).mean(0)
    scalars, vectors = torch.zeros(len(pos), 3), torch.zeros(len(pos), 1, 3)
    for i in range(len(pos)):
        mine = [p for p, edge in enumerate(edges) if edge[1] == i]
        if mine:
            scalars[i] = y[mine, :3].mean(0)
            vectors[i, 0] = torch.stack([y[p, 3] * o[p] for p in mine]).mean(0)
    return scalars, vectors


def test_equals_the_formulas_on_oriented_points(tol, ponita, cloud):
    model, args = ponita("edges"), cloud()
    out, expected = call(model, *args), literal_points(model, *args)
    torch.testing.assert_close(out, expected, atol=50 * tol, rtol=50 * tol)


@pytest.mark.parametrize(
    "options, num",
    [
        ({**QM9, "basis_channels": 256}, 1_058_177),
        (NBODY, 1_058_181),
        (QM9_SMALL, 134_721),
        (SMALL, 34_467),
    ],
)
def test_numbers_of_parameters(options, num):
    model = PONITA(**options, distinct=False)
    assert sum(parameter.numel() for parameter in model.parameters()) == num


def test_number_of_parameters_with_distinct_monomials():
    assert sum(p.numel() for p in PONITA(**NBODY).parameters()) == 1_057_541
    model = PONITA(**QM9, basis_channels=256)
    assert sum(p.numel() for p in model.parameters()) == 1_057_537


# Symmetry -------------------------------------------------------------------


@pytest.mark.parametrize("num", POLYHEDRA)
def test_exact_under_the_symmetry_of_the_grid(dtype, num, ponita, cloud):
    model, (x, pos, edges, vec) = ponita(num, cutoff=4.0), cloud()
    scalars, vectors = call(model, x, pos, edges, vec)
    shift = torch.randn(3)
    for matrix in icosahedral_group().to(dtype):
        out = call(model, x, pos @ matrix.T + shift, edges, vec @ matrix.T)
        assert error(out[0], scalars) < EXACT[dtype]
        assert error(out[1], vectors @ matrix.T) < EXACT[dtype]


@pytest.mark.parametrize("orientations", [0, "edges"])
@pytest.mark.parametrize("dim", [2, 3])
def test_exact_under_all_motions(dtype, orientations, dim, ponita, cloud):
    model, (x, pos, edges, vec) = ponita(orientations, dim=dim, cutoff=4.0), cloud(dim)
    scalars, vectors = call(model, x, pos, edges, vec)
    if dim == 2 and orientations == "edges":  # The sign of an invariant tells left from right.
        matrices = random_rotations(10, dim)
    else:
        matrices = random_orthogonal(10, dim)
    for matrix in matrices:
        out = call(model, x, pos @ matrix.T + torch.randn(dim), edges, vec @ matrix.T)
        assert error(out[0], scalars) < EXACT[dtype]
        assert error(out[1], vectors @ matrix.T) < EXACT[dtype]


@pytest.mark.parametrize("num", [7, 8])
def test_rotations_of_the_circle(dtype, num, ponita, cloud):
    model, (x, pos, edges, vec) = ponita(num, dim=2), cloud(2)
    scalars, vectors = call(model, x, pos, edges, vec)
    for matrix in cyclic_rotations(num).to(dtype):
        out = call(model, x, pos @ matrix.T + 3.0, edges, vec @ matrix.T)
        assert error(out[0], scalars) < EXACT[dtype]
        assert error(out[1], vectors @ matrix.T) < EXACT[dtype]
    mirror = torch.tensor([[1.0, 0.0], [0.0, -1.0]])
    assert error(call(model, x, pos @ mirror, edges, vec @ mirror)[0], scalars) > 1e-3


def test_nearly_exact_under_other_rotations(ponita):
    torch.manual_seed(0)
    model, num = ponita(42), 30
    x, pos, vec = torch.randn(num, 2), torch.randn(num, 3), torch.randn(num, 1, 3)
    scalars, vectors = call(model, x, pos, None, vec)
    for matrix in random_rotations(5):
        out = call(model, x, pos @ matrix.T, None, vec @ matrix.T)
        assert error(out[0], scalars) < 0.05 and error(out[1], vectors @ matrix.T) < 0.05


@of_spaces
def test_order_of_nodes_and_edges(tol, orientations, ponita, cloud):
    model, (x, pos, edges, vec) = ponita(orientations), cloud()
    out = call(model, x, pos, edges, vec)
    nodes, order = torch.randperm(NUM), torch.randperm(edges.size(1))
    moved = call(model, x[nodes], pos[nodes], nodes.argsort()[edges[:, order]], vec[nodes])
    for a, b in zip(moved, out, strict=True):
        torch.testing.assert_close(a, b[nodes], atol=20 * tol, rtol=20 * tol)


@of_spaces
@pytest.mark.parametrize("pool", [None, "sum", "mean"])
@pytest.mark.parametrize("given", [True, False])
def test_graphs_do_not_depend_on_their_batch(tol, orientations, pool, given, ponita):
    model, graphs = ponita(orientations, pool=pool), []
    for num in (1, 4, 3):
        ends = torch.randint(num, (2, 2 * num))
        data = Data(x=torch.randn(num, 2), pos=torch.randn(num, 3), edge_index=ends)
        data.vec = torch.randn(num, 1, 3)
        graphs.append(data)
    alone = [call(model, d.x, d.pos, d.edge_index if given else None, d.vec) for d in graphs]
    batch = Batch.from_data_list(graphs)
    edges = batch.edge_index if given else None
    out = call(model, batch.x, batch.pos, edges, batch.vec, batch=batch.batch)
    for part, parts in zip(out, zip(*alone, strict=True), strict=True):
        torch.testing.assert_close(part, torch.cat(parts), atol=20 * tol, rtol=20 * tol)
    mixed = torch.randperm(8)
    out_of_mixed = call(
        model,
        batch.x[mixed],
        batch.pos[mixed],
        mixed.argsort()[edges] if given else None,
        batch.vec[mixed],
        batch=batch.batch[mixed],
        batch_size=3,
    )
    for a, b in zip(out_of_mixed, out, strict=True):
        b = b[mixed] if pool is None else b
        torch.testing.assert_close(a, b, atol=20 * tol, rtol=20 * tol)


# Wrong arguments ------------------------------------------------------------


@pytest.mark.parametrize(
    "options, message",
    [
        ({"hidden_channels": 0}, "'hidden_channels' must be an integer of 1 or more .got 0"),
        ({"num_layers": 0}, "'num_layers' must be an integer of 1 or more .got 0"),
        ({"in_vectors": -1}, "'in_vectors' must be an integer of 0 or more .got -1"),
        ({"out_channels": 0}, "one of 'out_channels' and 'out_vectors' must be positive"),
        ({"cutoff": 0}, "'cutoff' must be positive .got 0"),
        ({"cutoff": -2.0}, "'cutoff' must be positive .got -2.0"),
        ({"pool": "max"}, "'pool' must be None, 'sum' or 'mean' .got 'max'"),
        ({"readouts": "first"}, "'readouts' must be 'last' or 'all' .got 'first'"),
        ({"degree": 0}, "'degree' must be an integer of 1 or more .got 0"),
        ({"orientations": OrientationGrid(8, dim=2)}, "'orientations' must be a grid of 3"),
        ({"orientations": "nodes"}, "'orientations' must be a number, 'edges'"),
        ({"dim": 4}, "'dim' must be 2 or 3 .got 4"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        PONITA(**{**QM9, **options})


@pytest.mark.parametrize(
    "change, message",
    [
        ({"pos": torch.zeros(NUM, 2)}, r"'pos' must have shape \[N, 3\] \(got \[6, 2\]\)"),
        (
            {"pos": torch.zeros(NUM, 3).half()},
            "'pos' must be float32 or float64",
        ),
        ({"pos": torch.zeros(0, 3)}, "'pos' must hold at least one node"),
        ({"x": torch.zeros(NUM, 3)}, r"'x' must have shape \[6, 2\] \(got \[6, 3\]\)"),
        ({"x": torch.zeros(NUM, 2).long()}, "'x' must hold floating-point numbers"),
        ({"vec": None}, r"'vec' must have shape \[6, 1, 3\]"),
        ({"vec": torch.zeros(NUM, 3)}, r"'vec' must have shape \[6, 1, 3\] .*\(got \[6, 3\]\)"),
        ({"edge_index": EDGES + 3}, "must be at least 8 to hold 'edge_index'"),
        ({"batch": torch.zeros(3).long()}, r"'batch' must have shape \[6\] \(got \[3\]\)"),
        ({"chunk_size": 0}, "'chunk_size' must be an integer of 1 or more .got 0"),
    ],
)
def test_wrong_inputs(change, message, ponita, cloud):
    model, (x, pos, edges, vec) = ponita(), cloud()
    with pytest.raises(ValueError, match=message):
        model(**{"x": x, "pos": pos, "edge_index": edges, "vec": vec, **change})


def test_coincident_points_have_no_orientation(ponita, cloud):
    model, (x, pos, _, vec) = ponita("edges"), cloud()
    pos[3] = pos[0]
    with pytest.raises(ValueError, match=r"'pos' must differ at .* \(nodes \[3, 0\] are at"):
        call(model, x, pos, torch.tensor([[3], [0]]), vec)


def test_repr(ponita):
    text = (
        "PONITA(2, 8, 3, num_layers=2, in_vectors=1, out_vectors=1, "
        "orientations=OrientationGrid(12, dim=3, kind='icosahedron'))"
    )
    assert str(ponita()) == text
    assert str(ponita("edges")).endswith("orientations='edges')")
    assert str(ponita(0)).endswith("orientations=0)")
