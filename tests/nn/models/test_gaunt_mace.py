import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symm.nn import PONITA, GauntMACE
from pyg_symm.testing import GeometricModelSuite, assert_equivariant_under


class TestGauntMACE(GeometricModelSuite):
    model = GauntMACE
    in_vectors = 1
    outputs = ("scalar", "vector")
    takes_no_graphs = False
    compiles = True

    def build(self):
        return GauntMACE(self.in_channels, 8, 3, 2, in_vectors=1, out_vectors=2, num_neighbors=2)


class TestGauntMACEWithOddPaths(TestGauntMACE):
    def build(self):
        return GauntMACE(
            self.in_channels, 8, 3, 2, in_vectors=1, out_vectors=2, parity="both", num_neighbors=2
        )


class TestGauntMACEThatIsChiral(TestGauntMACE):
    symmetries = ("SE(3)",)

    def build(self):
        kwargs = {"in_vectors": 1, "out_vectors": 2, "parity": "both", "chiral": True}
        return GauntMACE(self.in_channels, 8, 3, 2, num_neighbors=2, **kwargs)


class TestGauntMACEOfGraphs(GeometricModelSuite):
    model = GauntMACE
    takes_no_graphs = False
    compiles = True

    def build(self):
        return GauntMACE(
            self.in_channels, 8, 3, 2, lmax=3, correlation=3, elements=True, cutoff=4.0, pool="sum"
        )

    def call(self, model, batch):
        size = batch.num_graphs
        return model(batch.x, batch.pos, batch.edge_index, batch.batch, batch_size=size)


@pytest.fixture
def points(float64):
    """A graph of seven points with scalars and vectors."""
    edge_index = torch.ones(7, 7).triu(1).nonzero()[::2].t()
    return Data(
        x=torch.randn(7, 2),
        pos=1.5 * torch.randn(7, 3),
        vec=torch.randn(7, 2, 3),
        edge_index=torch.cat([edge_index, edge_index.flip(0)], dim=1),
    )


def build(**kwargs):
    torch.manual_seed(0)
    return GauntMACE(2, 8, 3, kwargs.pop("num_layers", 2), in_vectors=2, out_vectors=1, **kwargs)


def call(model, data):
    return model(data.x, data.pos, data.edge_index, vec=data.vec)


def test_mirror_images_differ_only_where_that_is_wanted(points):
    mirrored = points.clone()
    mirrored.pos, mirrored.vec = -points.pos, -points.vec
    for kwargs in ({}, {"parity": "both"}, {"parity": "both", "chiral": True}):
        model = build(**kwargs)
        (scalars, vectors), (others, negative) = call(model, points), call(model, mirrored)
        same = torch.allclose(scalars, others), torch.allclose(vectors, -negative)
        assert same == (("chiral" not in kwargs),) * 2, kwargs


def test_two_layers_tell_mirror_images_apart():
    """Without input vectors, of a chain of four points."""
    torch.manual_seed(0)
    pos = torch.tensor([[0.0, 0, 0], [0, 0, 1], [1, 0, 0], [1, 1, 0]], dtype=torch.double)
    edge_index = torch.tensor([[0, 1, 0, 2, 2, 3], [1, 0, 2, 0, 3, 2]])
    for num_layers, apart in ((1, False), (2, True)):
        model = GauntMACE(0, 8, 1, num_layers, parity="both", chiral=True, pool="sum").double()
        out, other = model(None, pos, edge_index), model(None, -pos, edge_index)
        assert torch.allclose(out, other, rtol=1e-12) != apart


def test_odd_paths_change_the_result_and_add_parameters(points):
    even, both = build(), build(parity="both")
    num = [sum(p.numel() for p in model.parameters()) for model in (even, both)]
    assert num[0] < num[1]
    assert not torch.allclose(call(even, points)[0], call(both, points)[0])


@pytest.mark.parametrize("lmax", [1, 2, 3, 4])
@pytest.mark.parametrize("parity", ["even", "both"])
def test_rotations_of_all_degrees(points, lmax, parity):
    model = build(lmax=lmax, parity=parity, correlation=3)

    def function(pos, vec):
        return model(points.x, pos, points.edge_index, vec=vec)

    inputs = {"pos": points.pos, "vec": points.vec}
    assert_equivariant_under(function, inputs, "E(3)", ("scalar", "vector"), tol=1e-10)


def test_edges_default_to_all_pairs_within_the_cutoff(points):
    model = build(cutoff=2.5)
    pairs = (1 - torch.eye(7)).nonzero().t()
    expected = model(points.x, points.pos, pairs, vec=points.vec)
    torch.testing.assert_close(model(points.x, points.pos, vec=points.vec), expected)
    distance = (points.pos[pairs[0]] - points.pos[pairs[1]]).norm(dim=1)
    near = pairs[:, distance < 2.5]
    assert 0 < near.size(1) < pairs.size(1)
    torch.testing.assert_close(model(points.x, points.pos, near, vec=points.vec), expected)
    other = points.clone()
    other.pos = points.pos + 10
    batch = Batch.from_data_list([points, other])
    out = model(batch.x, batch.pos, batch=batch.batch, vec=batch.vec)
    for value, alone in zip(out, expected, strict=True):
        torch.testing.assert_close(value, torch.cat([alone, alone]))


def test_loops_carry_no_message(points):
    model, loops = build(), torch.arange(7).expand(2, -1)
    expected = call(model, points)
    points.edge_index = torch.cat([points.edge_index, loops], dim=1)
    torch.testing.assert_close(call(model, points), expected)


def test_the_result_is_smooth_at_the_cutoff(float64):
    model = GauntMACE(1, 8, 1, 2, cutoff=2.0, pool="sum")
    x, edge_index = torch.ones(2, 1), torch.tensor([[0, 1], [1, 0]])

    def energy(distance):
        return model(x, torch.tensor([[0.0, 0, 0], [0, distance, 0]]), edge_index).item()

    apart = energy(2.0)
    assert energy(2.5) == apart and abs(energy(1.0) - apart) > 1e-3
    assert abs(energy(1.999) - apart) < 1e-6


def test_forces_are_the_gradient(points):
    model = GauntMACE(2, 8, 1, 2, parity="both", cutoff=4.0, pool="sum").double()

    def energy(pos):
        return model(points.x, pos, points.edge_index)

    pos = points.pos.requires_grad_()
    assert torch.autograd.gradcheck(energy, pos, fast_mode=True)
    assert torch.autograd.gradgradcheck(energy, pos, fast_mode=True)


def test_elements_have_weights_of_their_own(points):
    x = torch.eye(2).repeat(4, 1)[:7]
    for elements in (False, True):
        model = GauntMACE(2, 8, 1, 1, elements=elements).double()
        torch.nn.init.zeros_(model.embed.weight)  # Nothing else knows the element.
        out = model(x, points.pos, points.edge_index)
        other = model(x.flip(1), points.pos, points.edge_index)
        assert torch.allclose(out, other) != elements


@pytest.mark.parametrize("parity", ["even", "both"])
def test_the_type_of_the_weights_is_that_of_the_result(points, parity):
    model = build(parity=parity)
    expected = call(model, points)
    for dtype, tol in ((torch.float32, 1e-4), (torch.bfloat16, 0.2)):
        out = call(model.to(dtype), points)  # The positions keep their type.
        for a, b in zip(out, expected, strict=True):
            assert a.dtype == dtype and (a - b).norm() < tol * b.norm()


def test_positions_that_are_not_finite_spoil_their_graph_only(points):
    model, other = GauntMACE(2, 8, 1, 2, pool="sum").double(), points.clone()
    other.pos = points.pos.clone()
    other.pos[0] = torch.inf
    batch = Batch.from_data_list([points, other, points])
    out = model(batch.x, batch.pos, batch.edge_index, batch.batch)
    assert out.isnan().view(-1).tolist() == [False, True, False]


def test_without_features_all_nodes_are_alike(points):
    model = GauntMACE(0, 8, 2, 2, pool="mean").double()
    out = model(None, points.pos, points.edge_index)
    assert out.shape == (1, 2)
    torch.testing.assert_close(model(points.x[:, :0], points.pos, points.edge_index), out)


def test_repr():
    assert repr(GauntMACE(2, 16, 1, 3, out_vectors=1)) == (
        "GauntMACE(2, 16, 1, num_layers=3, in_vectors=0, out_vectors=1, lmax=2, parity='even')"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"hidden_channels": 0},
        {"num_layers": 0},
        {"lmax": 0},
        {"correlation": 0},
        {"num_basis": 0},
        {"in_channels": -1},
        {"out_channels": 0},
        {"parity": "odd"},
        {"chiral": True},
        {"elements": True, "in_channels": 0},
        {"cutoff": 0.0},
        {"num_neighbors": 0.0},
        {"pool": "max"},
    ],
    ids=str,
)
def test_bad_sizes(arguments):
    kwargs = {"in_channels": 2, "hidden_channels": 8, "out_channels": 1, "num_layers": 1}
    name = "in_channels" if "elements" in arguments else next(iter(arguments))
    with pytest.raises(ValueError, match=f"'{name}'"):
        GauntMACE(**{**kwargs, **arguments})


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("pos", lambda data: data.pos[:, :2]),
        ("pos", lambda data: data.pos.half()),
        ("pos", lambda data: data.pos[:0]),
        ("x", lambda data: data.x[:, :1]),
        ("x", lambda data: data.x.long()),
        ("vec", lambda data: data.vec[:, :1]),
        ("vec", lambda data: None),
        ("edge_index", lambda data: data.edge_index - 1),
        ("edge_index", lambda data: data.edge_index.float()),
        ("batch", lambda data: torch.zeros(3, dtype=torch.long)),
    ],
)
def test_bad_inputs(points, name, change):
    model = build()
    inputs = {key: points[key] for key in ("x", "pos", "edge_index", "vec")}
    with pytest.raises(ValueError, match=f"'{name}'"):
        model(**{**inputs, name: change(points)})


def test_hessians_and_batches_by_functional_transforms(points):
    model = GauntMACE(2, 4, 1, num_layers=2, in_vectors=2, parity="both", pool="sum")

    def energy(pos):
        return model(points.x, pos, points.edge_index, vec=points.vec).sum()

    expected = torch.autograd.functional.hessian(energy, points.pos)
    torch.testing.assert_close(torch.func.hessian(energy)(points.pos), expected)
    clouds = torch.stack([points.pos, 2 * points.pos])
    found = torch.func.vmap(energy)(clouds)
    torch.testing.assert_close(found, torch.stack([energy(cloud) for cloud in clouds]))


@pytest.mark.parametrize("cutoff", [None, 3.0])
def test_positions_that_are_no_numbers_are_seen_in_their_graph(cutoff):
    x, pos, batch = torch.randn(6, 2), torch.randn(6, 3), torch.tensor([0, 0, 0, 1, 1, 1])
    pos[1, 0] = torch.nan
    networks = [PONITA(2, 4, 1, 1, orientations=o, cutoff=cutoff) for o in (6, 0, "edges")]
    for model in (GauntMACE(2, 4, 1, 1, cutoff=cutoff), *networks):
        assert (
            model.eval()(x, pos, None, batch).isnan().view(-1).tolist() == [True] * 3 + [False] * 3
        )
