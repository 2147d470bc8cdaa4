import pytest
import torch

from pyg_symm.datasets import Tetris


def distances(pos):
    return torch.pdist(pos).sort().values


def volume(pos):
    """Of the tetrahedron of the four cubes, with the sign of their handedness along the path."""
    degree = (torch.cdist(pos, pos) < 1.1).sum(1) - 1
    start = int((degree == 1).nonzero()[0])
    path, left = [start], {0, 1, 2, 3} - {start}
    while left:
        path.append(next(i for i in left if (pos[i] - pos[path[-1]]).norm() < 1.1))
        left.remove(path[-1])
    return float(torch.linalg.det(pos[path[1:]] - pos[path[:-1]]))


def test_pieces():
    dataset = Tetris(num_rotations=3)
    assert len(dataset) == 24 and dataset.num_classes == 8 and dataset.split == "train"
    assert dataset.y.tolist() == [i // 3 for i in range(24)]
    assert [dataset[3 * i].num_edges for i in range(8)] == [6, 6, 8, 6, 6, 6, 6, 6]
    for data in dataset:
        row, col = data.edge_index
        torch.testing.assert_close(
            (data.pos[row] - data.pos[col]).norm(dim=1), torch.ones(len(row))
        )
        assert data.is_undirected() and not data.has_self_loops()


def test_classes_differ_by_distances_but_for_the_mirror_images():
    pieces = [Tetris(num_rotations=1)[i].pos for i in range(8)]
    for i in range(8):
        for j in range(i):
            same = torch.allclose(distances(pieces[i]), distances(pieces[j]), atol=1e-5)
            assert same == ((i, j) == (1, 0)), (i, j)


def test_mirror_images_have_opposite_handedness():
    for data in Tetris("test", num_rotations=5):
        if int(data.y) < 2:
            assert volume(data.pos) == pytest.approx([-1, 1][int(data.y)], abs=1e-5)


def test_splits_and_seeds_have_other_rotations():
    first = Tetris().pos
    assert torch.equal(first, Tetris().pos)
    for other in (Tetris("val"), Tetris("test"), Tetris(seed=1)):
        assert not torch.isclose(other.pos, first).any(dim=1).all()
        assert (other.pos - first).abs().mean() > 0.1


def test_transform():
    assert Tetris(transform=lambda data: data.clone().update({"mine": 1}))[0].mine == 1


@pytest.mark.parametrize(
    "arguments", [{"split": "all"}, {"num_rotations": 0}, {"seed": -1}], ids=str
)
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match=f"'{next(iter(arguments))}'.*got"):
        Tetris(**arguments)
