import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symm.transforms import RandomRotation


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def cloud(num_nodes, dim=3):
    return Data(
        x=torch.randn(num_nodes, 2),
        pos=torch.randn(num_nodes, dim),
        vec=torch.randn(num_nodes, 4, dim),
        force=torch.randn(num_nodes, dim),
        y=torch.randn(num_nodes, dim),
    )


def matrix(before, after):
    """The matrix between two sets of points."""
    return torch.linalg.lstsq(before, after).solution.t()


def test_one_graph(float64):
    data = cloud(6)
    kept = data.clone()
    turned = RandomRotation()(data)
    rotation = matrix(data.pos, turned.pos)
    torch.testing.assert_close(rotation @ rotation.t(), torch.eye(3))
    torch.testing.assert_close(torch.linalg.det(rotation), torch.tensor(1.0))
    assert (rotation - torch.eye(3)).abs().max() > 1e-3
    torch.testing.assert_close(turned.vec, data.vec @ rotation.t())
    torch.testing.assert_close(turned.force, data.force @ rotation.t())
    assert torch.equal(turned.y, data.y) and torch.equal(turned.x, data.x)
    for key in kept.keys():
        assert torch.equal(data[key], kept[key])


@pytest.mark.parametrize("dim", [2, 3])
def test_a_batch_rotates_every_graph_by_its_own_matrix(float64, dim):
    graphs = [cloud(n, dim) for n in (4, 7, 5)]
    batch = Batch.from_data_list(graphs)
    turned = RandomRotation(["pos", "vec", "y"])(batch)
    matrices = []
    for data, after in zip(graphs, turned.to_data_list(), strict=True):
        rotation = matrix(data.pos, after.pos)
        torch.testing.assert_close(rotation @ rotation.t(), torch.eye(dim))
        torch.testing.assert_close(after.vec, data.vec @ rotation.t())
        torch.testing.assert_close(after.y, data.y @ rotation.t())
        assert torch.equal(after.force, data.force)
        matrices.append(rotation)
    assert (matrices[0] - matrices[1]).abs().max() > 1e-3


def test_a_batch_vector_is_enough(float64):
    batch = Batch.from_data_list([cloud(4), cloud(5)])
    plain = Data(pos=batch.pos, vec=batch.vec, force=batch.force, batch=batch.batch)
    expected = RandomRotation(generator=seeded())(batch)
    found = RandomRotation(generator=seeded())(plain)
    for key in ("pos", "vec", "force"):
        assert torch.equal(found[key], expected[key])
    # Without it, there is one matrix.
    del plain.batch
    one = RandomRotation(generator=seeded())(plain)
    rotation = matrix(plain.pos[:4], one.pos[:4])
    torch.testing.assert_close(one.pos, plain.pos @ rotation.t())


def test_vectors_of_graphs_and_edges(float64):
    def make(n):
        index = torch.stack([torch.arange(n), torch.arange(n).roll(1)])
        edge_index = torch.cat([index, index.flip(0)], dim=1)
        pos = torch.randn(n, 3)
        return Data(
            pos=pos,
            edge_index=edge_index,
            edge_vec=pos[edge_index[0]] - pos[edge_index[1]],
            dipole=pos.sum(0, keepdim=True),
        )

    batch = Batch.from_data_list([make(3), make(4), make(5)])
    turned = RandomRotation(["pos", "edge_vec", "dipole"])(batch)
    source, target = turned.edge_index
    torch.testing.assert_close(turned.edge_vec, turned.pos[source] - turned.pos[target])
    sums = torch.zeros(3, 3).index_add(0, turned.batch, turned.pos)
    torch.testing.assert_close(turned.dipole, sums)


def test_cells(float64):
    graphs = [Data(pos=torch.randn(n, 3), cell=torch.randn(1, 3, 3)) for n in (4, 5)]
    turned = RandomRotation()(Batch.from_data_list(graphs))
    for data, after in zip(graphs, turned.to_data_list(), strict=True):
        # Positions in units of the cell stay as they are.
        expected = torch.linalg.solve(data.cell[0], data.pos, left=False)
        found = torch.linalg.solve(after.cell[0], after.pos, left=False)
        torch.testing.assert_close(found, expected)
        assert (after.pos - data.pos).abs().max() > 1e-3


def test_generator():
    data = cloud(5)
    first = RandomRotation(generator=seeded(3))(data).pos
    assert torch.equal(first, RandomRotation(generator=seeded(3))(data).pos)
    assert not torch.equal(first, RandomRotation(generator=seeded(4))(data).pos)
    transform = RandomRotation(generator=seeded(3))
    assert torch.equal(transform(data).pos, first) and not torch.equal(transform(data).pos, first)
    torch.manual_seed(3)
    first = RandomRotation()(data).pos
    torch.manual_seed(3)
    assert torch.equal(RandomRotation()(data).pos, first)


def test_reflections(float64):
    data = Batch.from_data_list([Data(pos=torch.eye(3))] * 200)
    turned = RandomRotation(reflections=True, generator=seeded())(data).pos.view(200, 3, 3)
    signs = torch.linalg.det(turned).round()
    assert 60 < (signs < 0).sum() < 140
    proper = RandomRotation(generator=seeded())(data).pos.view(200, 3, 3)
    assert (torch.linalg.det(proper) > 0).all()


def test_types_are_kept():
    data = Data(pos=torch.randn(3, 3), force=torch.randn(3, 3, dtype=torch.double))
    turned = RandomRotation()(data)
    assert turned.pos.dtype == torch.float and turned.force.dtype == torch.double


def test_empty_and_single():
    assert RandomRotation()(Data(pos=torch.zeros(0, 3))).pos.shape == (0, 3)
    empty = Data(pos=torch.zeros(0, 3), batch=torch.zeros(0, dtype=torch.long))
    assert RandomRotation()(empty).pos.shape == (0, 3)
    single = Batch.from_data_list([Data(pos=torch.ones(1, 2))] * 3)
    turned = RandomRotation()(single).pos
    torch.testing.assert_close(turned.norm(dim=1), torch.full((3,), 2**0.5))


def test_repr():
    assert str(RandomRotation()) == "RandomRotation(attrs=None, reflections=False, generator=None)"
    expected = "RandomRotation(attrs=['pos', 'y'], reflections=True, generator=None)"
    assert str(RandomRotation(["pos", "y"], reflections=True)) == expected


@pytest.mark.parametrize(
    "data, attrs, message",
    [
        (Data(x=torch.ones(2, 1)), None, "'data' must have positions in 2 or 3 dimensions"),
        (Data(pos=torch.ones(2, 4)), None, "'data' must have positions in 2 or 3 dimensions"),
        (Data(pos=torch.ones(2, 3).long()), None, "'pos' must have floating-point numbers"),
        (Data(pos=torch.ones(2, 3)), ["pos", "vel"], "'attrs' must name .*got 'vel'"),
        (
            Data(pos=torch.ones(2, 3), y=torch.ones(2, 2)),
            ["pos", "y"],
            r"'y' must hold vectors of 3 dimensions as 'pos' does \(got \[2, 2\]",
        ),
        (
            Data(pos=torch.ones(2, 3), y=torch.ones(3, 3), batch=torch.tensor([0, 1])),
            ["pos", "y"],
            r"'y' must have one row a node, an edge or a graph \(got \[3, 3\]",
        ),
    ],
)
def test_errors(data, attrs, message):
    before = data.clone()
    with pytest.raises(ValueError, match=message):
        RandomRotation(attrs)(data)
    assert all(torch.equal(data[key], before[key]) for key in before.keys())


@pytest.mark.parametrize("attrs", ["pos", []])
def test_names_are_a_list(attrs):
    with pytest.raises(ValueError, match="'attrs' must be a list of names"):
        RandomRotation(attrs)
