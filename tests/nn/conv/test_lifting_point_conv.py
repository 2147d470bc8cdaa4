import pytest
import torch
from torch_geometric.utils import scatter

from pyg_symm.groups import SL, SO, GLPlus
from pyg_symm.nn import LiftingPointConv
from pyg_symm.nn.affine import SIREN
from pyg_symm.testing import assert_batch_independent, assert_equivariant, assert_layer_contract

GROUPS = [SO(2), SL(2), GLPlus(2), SO(3), SL(3), GLPlus(3)]
OPTIONS = [{}, {"depthwise": True}, {"mask": "sigmoid", "radius": 2.0}, {"aggr": "sum"}]
NONE = torch.empty(2, 0, dtype=torch.long)


def element(group, seed=5):
    """An element of the group that is far from the identity."""
    generator = torch.Generator().manual_seed(seed)
    h = group.sample(3, generator, std=0.8).elements[2]
    return 1.5 * h if group.has_det else h


def gaussian(z):
    return torch.exp(-z.square().sum(-1, keepdim=True)).expand(*z.shape[:-1], 3)


@pytest.mark.parametrize("group", GROUPS, ids=str)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_maps_of_positions_and_samples(group, options, graph, tol):
    conv, samples = LiftingPointConv(3, 5, group, **options), group.sample(4)
    x, pos, h = torch.randn(9, 3), torch.randn(9, group.n), element(group)
    out = conv(x, pos, graph, samples)
    again = conv(x, group.act(h, pos) + 2.0, graph, samples.translate(h))
    scale = torch.linalg.det(h)
    assert (scale - 1).abs() > 0.1 if group.has_det else (scale - 1).abs() < 1e-5
    torch.testing.assert_close(again * scale, out, atol=50 * tol, rtol=50 * tol)


@pytest.mark.parametrize("group", [SL(2), GLPlus(3)], ids=str)
def test_literal_formula(group, graph, tol):
    conv, samples = LiftingPointConv(3, 5, group, radius=1.5), group.sample(4)
    torch.nn.init.normal_(conv.bias)
    x, pos = torch.randn(9, 3), torch.randn(9, group.n)
    expected = torch.zeros(9, 4, 5)
    for a, matrix in enumerate(samples.elements):
        for i in range(9):
            sources = graph[0, graph[1] == i].tolist()
            for j in sources:
                z = torch.linalg.inv(matrix) @ (pos[j] - pos[i]) / 1.5
                kernel = conv.kernel_net(z).view(3, 5)
                expected[i, a] += x[j] @ kernel / torch.linalg.det(matrix) / len(sources)
    expected += conv.bias
    torch.testing.assert_close(conv(x, pos, graph, samples), expected, atol=20 * tol, rtol=20 * tol)


def test_a_given_kernel(graph, tol):
    group = SL(2)
    conv = LiftingPointConv(3, 3, group, depthwise=True, kernel=Given(), aggr="sum")
    samples = group.sample(4)
    x, pos = torch.randn(9, 3), torch.randn(9, 2)
    conv.lin.weight.data = torch.eye(3)
    z = group.act(samples.inverses, (pos[graph[0]] - pos[graph[1]]).unsqueeze(1))
    expected = scatter(gaussian(z) * x[graph[0]].unsqueeze(1), graph[1], dim_size=9)
    torch.testing.assert_close(conv(x, pos, graph, samples), expected, atol=tol, rtol=tol)


@pytest.mark.parametrize("kernel", ["siren", "gabor"])
def test_matrices_of_channels_need_not_be_made_for_every_edge(kernel, graph, tol):
    conv, samples = LiftingPointConv(3, 5, SL(2), kernel=kernel), SL(2).sample(4)
    torch.nn.init.normal_(conv.kernel_net.lin_out.bias)
    x, pos = torch.randn(9, 3), torch.randn(9, 2)
    net = conv.kernel_net
    plain = LiftingPointConv(3, 5, SL(2), kernel=torch.nn.Sequential(net))
    assert conv.factored and not plain.factored
    torch.testing.assert_close(
        conv(x, pos, graph, samples), plain(x, pos, graph, samples), atol=20 * tol, rtol=20 * tol
    )
    assert not LiftingPointConv(3, 5, SL(2), kernel=kernel, aggr="max").factored
    largest = LiftingPointConv(3, 5, SL(2), kernel=net, aggr="max")
    one = graph[:, :1]  # The largest of one is this one.
    torch.testing.assert_close(
        largest(x, pos, one, samples), conv(x, pos, one, samples), atol=20 * tol, rtol=20 * tol
    )


class Given(torch.nn.Module):
    def forward(self, z):
        return gaussian(z)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_nodes_edges_and_batches(options, graph):
    conv, samples = LiftingPointConv(3, 5, SL(3), **options), SL(3).sample(4)

    def call(x, edge_index):
        return conv(x[:, 3:], x[:, :3], edge_index, samples)

    x, batch = torch.randn(9, 6), torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 2])
    assert_equivariant(call, x, graph)
    assert_batch_independent(lambda x, edges, batch: call(x, edges), x, batch, graph)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_contract_of_a_layer(options, graph):
    conv, samples = LiftingPointConv(3, 5, SL(2), **options), SL(2).sample(4)
    assert_layer_contract(conv, torch.randn(9, 3), torch.randn(9, 2), graph, samples)


@pytest.mark.parametrize("num", [0, 1, 2])
def test_no_nodes_and_no_edges(num):
    conv, samples = LiftingPointConv(3, 5, SL(2)), SL(2).sample(4)
    out = conv(torch.randn(num, 3), torch.randn(num, 2), NONE, samples)
    assert out.shape == (num, 4, 5) and not out.any()


@pytest.mark.parametrize("mask", ["none", "disk", "sigmoid"])
def test_loops_have_finite_gradients(mask):
    conv, samples = LiftingPointConv(3, 5, SL(2), mask=mask), SL(2).sample(4)
    pos, loop = torch.randn(1, 2).requires_grad_(), torch.zeros(2, 1, dtype=torch.long)
    (grad,) = torch.autograd.grad(conv(torch.randn(1, 3), pos, loop, samples).sum(), pos)
    assert grad.isfinite().all()


def test_sparse_edges_and_pairs(graph, tol):
    graph = graph.unique(dim=1)
    conv, samples = LiftingPointConv(3, 5, SL(2)), SL(2).sample(4)
    x, pos = torch.randn(9, 3), torch.randn(9, 2)
    out = conv(x, pos, graph, samples)
    ones = torch.ones(graph.size(1))
    adj_t = torch.sparse_coo_tensor(graph.flip(0), ones, (9, 9)).to_sparse_csr()
    torch.testing.assert_close(conv(x, pos, adj_t, samples), out, atol=tol, rtol=tol)
    torch.testing.assert_close(conv((x, None), (pos, pos), graph, samples), out)
    few = graph[:, graph[1] < 2]
    torch.testing.assert_close(
        conv((x, None), (pos, pos[:2]), few, samples, size=(9, 2)), out[:2], atol=tol, rtol=tol
    )


def test_samples_of_another_type_follow_positions(graph):
    conv, samples = LiftingPointConv(3, 5, SL(2)), SL(2).sample(4, dtype=torch.double)
    x, pos = torch.randn(9, 3), torch.randn(9, 2)
    out = conv(x, pos, graph, samples)
    assert out.dtype == x.dtype
    torch.testing.assert_close(out, conv(x, pos, graph, samples.to(x.dtype)))


def test_autocast_keeps_kernels_precise(graph):
    conv, samples = LiftingPointConv(3, 5, SL(2)).float(), SL(2).sample(4).to(torch.float)
    x, pos = torch.randn(9, 3).float(), torch.randn(9, 2).float()
    expected = conv(x, pos, graph, samples)
    with torch.autocast("cpu", torch.bfloat16):
        out = conv(x, pos, graph, samples)
    torch.testing.assert_close(out.float(), expected, atol=0.03, rtol=0.03)


@pytest.mark.parametrize("depthwise", [True, False])
@pytest.mark.parametrize("dynamic", [None, True])
def test_compiles_without_a_graph_break(depthwise, dynamic, graph):
    torch._dynamo.reset()
    conv, samples = LiftingPointConv(3, 5, SL(2), depthwise=depthwise), SL(2).sample(4)
    x, pos = torch.randn(9, 3), torch.randn(9, 2)
    compiled = torch.compile(conv, dynamic=dynamic, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x, pos, graph, samples), conv(x, pos, graph, samples))


def test_reset_parameters_and_repr():
    conv = LiftingPointConv(3, 5, SL(2), depthwise=True)
    before = {name: p.clone() for name, p in conv.named_parameters() if p.dim() > 1}
    conv.reset_parameters()
    assert not any(torch.equal(before[n], dict(conv.named_parameters())[n]) for n in before)
    assert str(conv) == "LiftingPointConv(3, 5, group=SL(2))"
    assert LiftingPointConv(3, 5, SL(2), kernel=SIREN(2, 15, 8), bias=False).bias is None


@pytest.mark.parametrize(
    "options, message",
    [
        ({"in_channels": 0}, "'in_channels' must be an integer of 1 or more .got 0"),
        ({"group": 2}, "'group' must be a group of matrices, as SL.2. .got 2"),
        ({"mask": "box"}, "'mask' must be one of .* .got 'box'"),
        ({"radius": 0}, "'radius' must be positive"),
        ({"kernel": "mlp"}, "'kernel' must be one of 'siren', 'gabor', or a module"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        LiftingPointConv(**{"in_channels": 3, "out_channels": 5, "group": SL(2), **options})


def test_wrong_inputs(graph):
    conv, samples = LiftingPointConv(3, 5, SL(2)), SL(2).sample(4)
    x, pos = torch.randn(9, 3), torch.randn(9, 2)
    with pytest.raises(ValueError, match=r"'g_out' must be samples of SL\(2\) .*GLPlus\(2\), 4"):
        conv(x, pos, graph, GLPlus(2).sample(4))
    with pytest.raises(ValueError, match=r"'pos' must be of shape \[N, 2\] \(got \[9, 3\]\)"):
        conv(x, torch.randn(9, 3), graph, samples)
    with pytest.raises(ValueError, match="'pos' must be of type float32 or float64"):
        conv(x, pos.half(), graph, samples)
    with pytest.raises(ValueError, match=r"'x' must be of shape \[9, 3\] \(got \[9, 4\]\)"):
        conv(torch.randn(9, 4), pos, graph, samples)
    with pytest.raises(ValueError, match="'x' must hold floating-point .*got torch.int64"):
        conv(x.long(), pos, graph, samples)


@pytest.mark.parametrize("depthwise, num", [(False, 15), (True, 3)])
def test_kernels_of_other_channels_are_refused(graph, depthwise, num):
    # One value would be broadcast to all channels.
    conv = LiftingPointConv(3, 5, SL(2), depthwise=depthwise, kernel=torch.nn.Linear(2, 1))
    with pytest.raises(ValueError, match=f"'kernel' must give {num} values .*got 1"):
        conv(torch.randn(9, 3), torch.randn(9, 2), graph, SL(2).sample(4))
