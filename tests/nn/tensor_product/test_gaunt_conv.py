import copy

import pytest
import torch
from e3nn import o3
from torch_geometric import EdgeIndex
from torch_geometric.utils import to_torch_csc_tensor

from pyg_symm.groups import spherical_harmonics
from pyg_symm.nn import GauntConv
from pyg_symm.testing import assert_batch_independent, assert_equivariant, assert_equivariant_under

EDGES = torch.tensor([[0, 1, 1, 2, 4, 4, 0, 3], [1, 0, 2, 1, 0, 0, 3, 4]])  # Node 5 is alone.
DEGREES = [(2, 2, 2), (0, 3, 2), (3, 1, 0), (1, 2, 3), (0, 0, 0), (2, 3, 5)]


def graph(lmax_in=2, lmax_edge=2, channels=3, grad=False):
    x, pos = torch.randn(6, channels, (lmax_in + 1) ** 2), torch.randn(6, 3)
    weight = torch.randn(EDGES.size(1), channels, lmax_edge + 1)
    return [tensor.requires_grad_(grad) for tensor in (x, pos)] + [
        EDGES,
        weight.requires_grad_(grad),
    ]


def test_repr():
    conv = GauntConv(1, 2, 3, 8, parity="both")
    assert str(conv) == "GauntConv(1, 2, 3, channels=8, parity='both')"
    assert conv.state_dict() == {} and not list(conv.parameters())


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("parity", ["even", "odd", "both"])
@pytest.mark.parametrize("aggr", ["sum", "mean"])
def test_zonal_filters_on_the_grid_are_products_on_edges(degrees, parity, aggr, close):
    args = graph(*degrees[:2])
    zonal, edges = (
        GauntConv(*degrees, 3, parity=parity, aggr=aggr, method=method)
        for method in ("zonal", "edges")
    )
    out = zonal(*args)
    assert out.shape == (6, 6 if parity == "both" else 3, (degrees[2] + 1) ** 2)
    close(out, edges(*args))
    assert not out[5].any()


@pytest.mark.parametrize("lmax", [1, 2, 4])
def test_equal_to_e3nn(lmax, oracle, close):
    x, pos, edge_index, weight = graph(lmax, lmax, channels=1)
    y = o3.spherical_harmonics(
        list(range(lmax + 1)), pos[edge_index[0]] - pos[edge_index[1]], True, "component"
    )
    sizes = [2 * degree + 1 for degree in range(lmax + 1)]
    filters = torch.cat([w * p for w, p in zip(weight[:, 0].split(1, 1), y.split(sizes, 1))], 1)  # noqa: B905
    messages = oracle(lmax, lmax, lmax)(x[edge_index[0], 0], filters)
    expected = torch.zeros(6, (lmax + 1) ** 2).index_add(0, edge_index[1], messages)
    conv = GauntConv(lmax, lmax, lmax, 1, normalization="none")
    close(conv(x, pos, edge_index, weight)[:, 0], expected)


@pytest.mark.parametrize("parity", ["even", "odd"])
@pytest.mark.parametrize("method", ["zonal", "edges"])
def test_equivariant(parity, method, dtype):
    x, pos, edge_index, weight = graph()
    conv = GauntConv(2, 2, 3, 3, parity=parity, method=method)

    def role(value, action):
        return action.on(value, "harmonics") * (
            1.0 if parity == "even" else torch.linalg.det(action.matrix).to(value)
        )

    assert_equivariant_under(
        lambda x, pos: conv(x, pos, edge_index, weight),
        {"x": x, "pos": pos},
        "E(3)",
        role,
        roles={"x": "harmonics"},
    )


def test_relabelling_and_batches():
    x, pos, edge_index, weight = graph()
    conv = GauntConv(2, 2, 2, 3, parity="both")

    def layer(x, edge_index, edge_weight, pos):
        return conv(x, pos, edge_index, edge_weight)

    assert_equivariant(layer, x, edge_index, pos=pos, edge_weight=weight)
    twice = torch.cat([edge_index, edge_index + 6], dim=1)
    assert_batch_independent(
        layer,
        torch.cat([x, 2 * x]),
        torch.arange(2).repeat_interleave(6),
        twice,
        pos=torch.cat([pos, pos.flip(0)]),
        edge_weight=torch.cat([weight, weight]),
    )


def test_forms_of_edges(close):
    x, pos, edge_index, weight = graph()
    conv = GauntConv(2, 2, 2, 3)
    out = conv(x, pos, edge_index, weight)
    vectors = pos[edge_index[0]] - pos[edge_index[1]]
    close(conv(x, None, edge_index, weight, edge_vec=vectors), out)
    close(conv(x, pos, EdgeIndex(edge_index, sparse_size=(6, 6)), weight), out)
    simple = edge_index[:, [0, 1, 2, 3, 4, 6, 7]]
    adj_t = to_torch_csc_tensor(simple, size=(6, 6)).t()
    close(conv(x, pos, adj_t), conv(x, pos, simple))
    ones = torch.ones_like(weight)
    close(conv(x, pos, edge_index), conv(x, pos, edge_index, ones))


def test_bipartite(close):
    x, pos, edge_index, weight = graph()
    conv = GauntConv(2, 2, 2, 3)
    out = conv(x, (pos, pos[:5]), edge_index, weight)
    close(out, conv(x, pos, edge_index, weight)[:5])
    vectors = pos[edge_index[0]] - pos[edge_index[1]]
    close(conv(x, None, edge_index, weight, edge_vec=vectors, size=(6, 5)), out)


@pytest.mark.parametrize("method", ["zonal", "edges"])
def test_edges_of_length_zero_have_degree_zero(method, close):
    x, pos, edge_index, weight = graph()
    pos = torch.where(torch.arange(6).unsqueeze(1) < 2, pos[0], pos).requires_grad_()
    conv = GauntConv(2, 2, 2, 3, method=method, normalization="none")
    first = conv(x, pos, edge_index[:, :1], weight[:1])
    expected = torch.zeros_like(x)
    expected[1] = x[0] * weight[0, :, :1] / (4 * torch.pi) ** 0.5
    close(first, expected)
    (grad,) = torch.autograd.grad(first.sum(), pos, create_graph=True)
    assert not grad.any()
    (again,) = torch.autograd.grad(grad.sum(), pos)
    assert not again.any()


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize("method", ["zonal", "edges"])
def test_positions_that_are_not_finite_stay_local(value, method):
    x, pos, edge_index, weight = graph()
    conv = GauntConv(2, 2, 2, 3, method=method)
    expected = conv(x, pos, edge_index, weight)
    pos[2, 1] = value  # Node 2 and its neighbour 1.
    out = conv(x, pos, edge_index, weight)
    assert out[[1, 2]].isnan().any((1, 2)).all()
    rest = [0, 3, 4, 5]
    torch.testing.assert_close(out[rest], expected[rest])


@pytest.mark.parametrize("parity", ["even", "both"])
@pytest.mark.parametrize("degrees", [(2, 1, 2), (0, 2, 1), (1, 1, 0)])
def test_gradients(parity, degrees, dtype):
    if dtype != torch.double:
        pytest.skip("numerical")
    x, pos, edge_index, weight = graph(*degrees[:2], channels=2, grad=True)
    conv = GauntConv(*degrees, 2, parity=parity)

    def function(x, pos, weight):
        return conv(x, pos, edge_index[:, :5], weight[:5])

    assert torch.autograd.gradcheck(function, (x, pos, weight))
    assert torch.autograd.gradgradcheck(function, (x, pos, weight))


@pytest.mark.parametrize("num_nodes, num_edges", [(0, 0), (1, 0), (1, 1), (6, 0)])
@pytest.mark.parametrize("method", ["zonal", "edges"])
def test_small_graphs(num_nodes, num_edges, method):
    conv = GauntConv(2, 2, 1, 3, parity="both", method=method)
    x, pos = torch.randn(num_nodes, 3, 9).requires_grad_(), torch.randn(num_nodes, 3)
    edge_index = torch.zeros(2, num_edges, dtype=torch.long)
    out = conv(x, pos, edge_index, torch.randn(num_edges, 3, 3))
    assert out.shape == (num_nodes, 6, 4) and out.isfinite().all()
    out.sum().backward()
    assert x.grad is not None and x.grad.shape == x.shape


def test_messages_have_variance_one():
    x, vectors = torch.randn(20_000, 1, 9), torch.randn(20_000, 3)
    weight, edges = torch.randn(20_000, 1, 3), torch.arange(20_000).expand(2, -1)
    out = GauntConv(2, 2, 3, 1, parity="both")(x, None, edges, weight, edge_vec=vectors)
    for k, degree in [(0, 0), (0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)]:
        mine = out[:, k, degree**2 : (degree + 1) ** 2]
        assert abs(float(mine.var()) - 1) < 0.06


def test_casts(dtype):
    x, pos, edge_index, weight = (t.double() if t.is_floating_point() else t for t in graph())
    conv = GauntConv(2, 2, 2, 3).double()
    expected = conv(x, pos, edge_index, weight)
    again = copy.deepcopy(conv).half().double()
    assert torch.equal(again(x, pos, edge_index, weight), expected)
    half = [t.bfloat16() if t.is_floating_point() else t for t in (x, pos, edge_index, weight)]
    single = [t.float() if t.is_floating_point() else t for t in half]
    out = conv.bfloat16()(*half)
    assert out.dtype == torch.bfloat16 and torch.equal(out, conv.float()(*single).bfloat16())
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(conv(*single), conv.float()(*single))


@pytest.mark.parametrize("method", ["zonal", "edges"])
def test_forces_under_autocast(method):
    x, pos, edge_index, weight = (t.float() if t.is_floating_point() else t for t in graph())
    conv = GauntConv(2, 2, 0, 3, parity="both", method=method).float()
    with torch.autocast("cpu", torch.bfloat16):
        moving = pos.requires_grad_()
        energy = conv(x, moving, edge_index, weight.requires_grad_()).square().sum()
        (force,) = torch.autograd.grad(energy, moving, create_graph=True)
        force.square().sum().backward()
    assert force.dtype == torch.float and weight.grad is not None
    assert weight.grad.isfinite().all() and weight.grad.any()


@pytest.mark.parametrize("method", ["zonal", "edges"])
def test_compiles(method, close):
    torch.compiler.reset()
    conv = GauntConv(2, 2, 2, 3, parity="both", method=method)
    compiled = torch.compile(conv, fullgraph=True, dynamic=True, backend="aot_eager")
    for num in (8, 5):
        x, pos, edge_index, weight = graph()
        args = x, pos, edge_index[:, :num], weight[:num]
        close(compiled(*args), conv(*args))


def test_filters_are_harmonics(close):
    """A scalar one is turned into the sum of harmonics of the neighbours."""
    _, pos, edge_index, _ = graph()
    conv = GauntConv(0, 2, 2, 1, normalization="none")
    x = torch.full((6, 1, 1), (4 * torch.pi) ** 0.5)
    y = spherical_harmonics(2, pos[edge_index[0]] - pos[edge_index[1]], "component")
    expected = torch.zeros(6, 9).index_add(0, edge_index[1], y)
    close(conv(x, pos, edge_index)[:, 0], expected)


@pytest.mark.parametrize(
    "kwargs, match",
    [
        ({"lmax_edge": -1}, "'lmax_edge' must be an integer"),
        ({"channels": 0}, "'channels' must be an integer of 1 or more .got 0"),
        ({"channels": None}, "'channels' must be an integer of 1 or more .got None"),
        ({"aggr": "max"}, r"'aggr' must be one of .* \(got 'max'\)"),
        ({"method": "grid"}, "'method' must be one of"),
        ({"parity": "none"}, "'parity' must be one of"),
    ],
)
def test_bad_arguments(kwargs, match):
    with pytest.raises(ValueError, match=match):
        GauntConv(**{"lmax_in": 1, "lmax_edge": 1, "lmax_out": 1, "channels": 2, **kwargs})


@pytest.mark.parametrize(
    "change, match",
    [
        ({"x": torch.ones(6, 3, 4)}, r"'x' must have shape \[..., 3, 9\]"),
        ({"x": torch.ones(6, 2, 9)}, r"'x' must have shape \[..., 3, 9\]"),
        ({"x": torch.ones(1, 6, 3, 9)}, r"'x' must have shape \[N, C, d\]"),
        ({"pos": torch.ones(6, 2)}, r"'pos' must be real and of shape \[6, 3\]"),
        ({"pos": torch.ones(5, 3)}, r"'pos' must be real and of shape \[6, 3\]"),
        ({"pos": None}, "one of 'pos' and 'edge_vec' must be given"),
        ({"edge_vec": torch.ones(8, 3)}, "one of 'pos' and 'edge_vec' must be given, and not"),
        ({"pos": None, "edge_vec": torch.ones(7, 3)}, r"'edge_vec' must have shape \[8, 3\]"),
        ({"edge_index": EDGES.float()}, "'edge_index' must hold integers"),
        ({"edge_index": EDGES + 2}, "number of nodes must be at least 7"),
        ({"edge_index": EDGES - 1}, "'edge_index' must not be negative"),
        ({"edge_weight": torch.ones(8, 3, 4)}, r"'edge_weight' must have shape \[8, 3, 3\]"),
    ],
)
def test_bad_inputs(change, match):
    x, pos, edge_index, weight = graph()
    args = {"x": x, "pos": pos, "edge_index": edge_index, "edge_weight": weight}
    with pytest.raises(ValueError, match=match):
        GauntConv(2, 2, 2, 3)(**{**args, **change})


@pytest.mark.parametrize("method", ["zonal", "edges"])
def test_modules_are_built_on_the_default_device(method):
    with torch.device("meta"):
        conv = GauntConv(2, 2, 2, channels=3, method=method)
    assert all(buffer.is_meta for buffer in conv.buffers())
