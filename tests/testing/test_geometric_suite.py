import inspect

import pytest
import torch
from torch_geometric.utils import scatter

from pyg_symm.groups import OrientationGrid, bundle_invariants, icosahedral_group
from pyg_symm.groups.invariants import position_invariants
from pyg_symm.testing import GeometricModelSuite


class Net(torch.nn.Module):
    """A right model with scalars of graphs and vectors of nodes, for the wrong ones to spoil."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(5 + 1, 8)
        self.scalar = torch.nn.Linear(8, 3)
        self.vector = torch.nn.Linear(8, 2)

    def reset_parameters(self):
        for lin in (self.first, self.scalar, self.vector):
            lin.reset_parameters()

    def distance(self, pos, edge_index):
        return position_invariants(pos, edge_index)

    def directions(self, pos, edge_index):
        return pos[edge_index[0]] - pos[edge_index[1]]

    def forward(self, x, pos, edge_index, batch, vec, batch_size):
        row, col = edge_index
        h = torch.cat([x[row], self.distance(pos, edge_index).to(x.dtype)], dim=-1)
        h = self.first(h).tanh()
        node = scatter(h, col, dim_size=x.size(0))
        r = self.directions(pos, edge_index)
        push = scatter(self.vector(h).unsqueeze(-1) * r.unsqueeze(1), col, dim_size=x.size(0))
        length = vec.square().sum(-1)
        scalars = self.scalar(scatter(node, batch, dim_size=batch_size))
        scalars = scalars + scatter(length, batch, dim_size=batch_size)
        return scalars.to(x.dtype), push.to(x.dtype) + vec


class TestNet(GeometricModelSuite):
    model = Net
    in_vectors = 1
    outputs = ("scalar", "vector")
    compiles = True

    def build(self):
        return self.model()

    def call(self, model, batch):
        args = (batch.x, batch.pos, batch.edge_index, batch.batch, batch.vec)
        return model(*args, batch_size=batch.num_graphs)


class TestPlane(TestNet):
    dim = 2
    symmetries = ("E(2)", "T(2)")


class OnGrid(Net):
    """Exact under the group of its grid only."""

    def __init__(self):
        super().__init__()
        self.grid = OrientationGrid(12)

    def distance(self, pos, edge_index):
        values = bundle_invariants(pos, edge_index, self.grid.points)
        return (values[..., 0].exp().mean(1, keepdim=True) / 4).clamp(max=3)


class TestOnGrid(TestNet):
    model = OnGrid
    symmetries = ("T(3)", icosahedral_group())


class Lopsided(Net):
    def distance(self, pos, edge_index):
        return (self.directions(pos, edge_index) * torch.tensor([1, 1, 1.01])).norm(
            dim=-1, keepdim=True
        )


class Placed(Net):
    def distance(self, pos, edge_index):
        return pos[edge_index[0]].square().sum(-1, keepdim=True)


class Handed(Net):
    def directions(self, pos, edge_index):
        r = super().directions(pos, edge_index)
        return r + 1e-6 * torch.linalg.cross(r, pos[edge_index[0]])


class Mixed(Net):
    def forward(self, x, pos, edge_index, batch, vec, batch_size):
        return super().forward(
            x + vec.sum((1, 2)).view(-1, 1), pos, edge_index, batch, vec, batch_size
        )


class Blind(Net):
    def distance(self, pos, edge_index):
        return torch.ones_like(pos[edge_index[0], :1])

    def directions(self, pos, edge_index):
        return super().directions(pos, edge_index) * 0


class Rooted(Net):
    def distance(self, pos, edge_index):
        return self.directions(pos, edge_index).square().sum(-1, keepdim=True).sqrt()


class Kinked(Net):
    def distance(self, pos, edge_index):  # Its gradient at zero is set to zero by torch.
        return torch.linalg.vector_norm(self.directions(pos, edge_index), dim=-1, keepdim=True)


class Pointed(Net):
    def directions(self, pos, edge_index):
        r = super().directions(pos, edge_index)
        length = r.square().sum(-1, keepdim=True)
        loop = (edge_index[0] == edge_index[1]).view(-1, 1)
        return torch.where(loop, 0 * r, r / torch.where(loop, 1 + length, length).sqrt())


class Remembering(Net):
    def forward(self, x, *args, **kwargs):
        scalars, vectors = super().forward(x, *args, **kwargs)
        before, self.seen = getattr(self, "seen", x.size(0)), x.size(0)
        return scalars + before, vectors


class Coarse(Net):
    def distance(self, pos, edge_index):
        far = pos + 100
        gram = torch.mm(far, far.T)
        row, col = edge_index
        square = gram[row, row] + gram[col, col] - 2 * gram[row, col]
        return square.clamp(min=1e-6).sqrt().view(-1, 1)


@pytest.mark.parametrize(
    "wrong, test",
    [
        (Lopsided, "motions"),
        (Placed, "motions"),
        (Handed, "motions"),
        (Mixed, "motions"),
        (OnGrid, "motions"),
        (Blind, "positions_matter"),
        (Rooted, "derivatives"),
        (Kinked, "derivatives"),
        (Rooted, "coincident_points"),
        (Pointed, "coincident_points"),
        (Remembering, "nothing_is_left_behind"),
        (Coarse, "autocast"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_wrong_models_are_caught(wrong, test):
    class Suite(TestNet):
        model = wrong

    dtype = torch.float if test == "autocast" else torch.double
    with pytest.raises(AssertionError):
        getattr(Suite(), f"test_{test}")(dtype)


@pytest.mark.parametrize(
    "wrong, failing",
    [
        (Handed, {"motions"}),
        (Pointed, {"coincident_points"}),
    ],
)
def test_wrong_models_are_otherwise_right(wrong, failing):
    class Suite(TestNet):
        model = wrong

    names = [name for name, _ in inspect.getmembers(Suite, inspect.isfunction)]
    tests = {name for name in names if name.startswith("test_")}
    assert len(tests) >= 17
    for name in tests - {f"test_{name}" for name in failing}:
        getattr(Suite(), name)(torch.double)


def test_refusing_coincident_points():
    class Refusing(Net):
        def directions(self, pos, edge_index):
            r = super().directions(pos, edge_index)
            if not bool(r.any(-1).all()):
                raise ValueError("'pos' must not coincide")
            return r

    class Suite(TestNet):
        model = Refusing
        takes_coincident_points = False

    Suite().test_coincident_points(torch.double)
    Suite.model = Net
    with pytest.raises(AssertionError, match="not refused"):
        Suite().test_coincident_points(torch.double)


def test_default_graphs():
    graphs = GeometricModelSuite().graphs(torch.float)
    assert all(set(data.keys()) == {"x", "edge_index", "pos"} for data in graphs)
    assert all(data.pos.shape == (data.num_nodes, 3) for data in graphs)
    assert all(data.vec.shape == (data.num_nodes, 1, 2) for data in TestPlane().graphs(torch.float))
