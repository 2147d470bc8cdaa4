import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus
from pyg_symm.nn import AffinePointConv
from pyg_symm.nn.affine import SIREN
from pyg_symm.testing import assert_batch_independent, assert_equivariant, assert_layer_contract

GROUPS = [SO(2), SL(2), GLPlus(2), SO(3), SL(3), GLPlus(3)]
OPTIONS = [{}, {"depthwise": True}, {"mask": "sigmoid", "radius": 2.0}, {"aggr": "sum"}]
MASKED = {"depthwise": True, "mask": "sigmoid"}
NONE = torch.empty(2, 0, dtype=torch.long)


def sets(group):
    """Samples of inputs and outputs, as many of each as the other has not."""
    return group.sample(4), group.sample(3, torch.Generator().manual_seed(1))


def element(group, seed=5):
    generator = torch.Generator().manual_seed(seed)
    h = group.sample(3, generator, std=0.8).elements[2]
    return 1.5 * h if group.has_det else h


@pytest.mark.parametrize("group", GROUPS, ids=str)
@pytest.mark.parametrize("options", [*OPTIONS, MASKED], ids=str)
def test_maps_of_positions_and_samples(group, options, graph, tol):
    conv, (g_in, g_out) = AffinePointConv(3, 5, group, **options), sets(group)
    x, pos, h = torch.randn(9, 4, 3), torch.randn(9, group.n), element(group)
    out = conv(x, pos, graph, g_in, g_out)
    assert out.shape == (9, 3, 5)
    moved = group.act(h, pos) - 1.0
    again = conv(x, moved, graph, g_in.translate(h), g_out.translate(h))
    scale = torch.linalg.det(h)
    torch.testing.assert_close(again * scale, out, atol=50 * tol, rtol=50 * tol)
    half = conv(x, moved, graph, g_in, g_out.translate(h)) * scale
    assert (half - out).abs().max() > 1e-3  # Samples must move along.


@pytest.mark.parametrize("group", [SL(2), GLPlus(2), GLPlus(3)], ids=str)
@pytest.mark.parametrize("depthwise", [False, True])
def test_literal_formula(group, depthwise, graph, tol):
    conv, (g_in, g_out) = AffinePointConv(3, 5, group, depthwise=depthwise), sets(group)
    torch.nn.init.normal_(conv.bias)
    x, pos = torch.randn(9, 4, 3), torch.randn(9, group.n)
    expected = torch.zeros(9, 3, 5)
    for a, out in enumerate(g_out.elements):
        for b, into in enumerate(g_in.elements):
            c = group.coordinates(torch.linalg.inv(out) @ into)
            weight = g_in.log_weights[b].exp() / torch.linalg.det(into)
            for i in range(9):
                sources = graph[0, graph[1] == i].tolist()
                for j in sources:
                    z = torch.linalg.inv(out) @ (pos[j] - pos[i])
                    if depthwise:
                        kernel = conv.kernel_net(z) * conv.group_net(c) * conv.lin.weight
                    else:
                        kernel = conv.kernel_net(torch.cat([z, c])).view(3, 5).T
                    expected[i, a] += weight / len(sources) * (kernel @ x[j, b])
    expected += conv.bias
    torch.testing.assert_close(
        conv(x, pos, graph, g_in, g_out), expected, atol=50 * tol, rtol=50 * tol
    )


@pytest.mark.parametrize("options", [{"mask": "sigmoid"}, {"aggr": "sum"}], ids=str)
def test_matrices_of_channels_need_not_be_made_for_every_edge(options, graph, tol):
    group = GLPlus(2)
    conv, (g_in, g_out) = AffinePointConv(3, 5, group, **options), sets(group)
    torch.nn.init.normal_(conv.kernel_net.lin_out.bias)
    kernel = torch.nn.Sequential(conv.kernel_net)
    plain = AffinePointConv(3, 5, group, kernel=kernel, **options)
    assert conv.factored and not plain.factored
    inputs = (torch.randn(9, 4, 3), torch.randn(9, 2), graph, g_in, g_out)
    torch.testing.assert_close(conv(*inputs), plain(*inputs), atol=50 * tol, rtol=50 * tol)
    assert not AffinePointConv(3, 5, group, aggr="max").factored
    assert not AffinePointConv(3, 5, group, depthwise=True).factored


def test_weights_count(graph):
    group = SL(2)
    conv, (g_in, g_out) = AffinePointConv(3, 5, group), sets(group)
    x, pos = torch.randn(9, 4, 3), torch.randn(9, 2)
    equal = group.as_samples(g_in.elements)
    change = conv(x, pos, graph, equal, g_out) - conv(x, pos, graph, g_in, g_out)
    assert change.abs().max() > 1e-3


def test_zero_weights_leave_samples_out(graph, tol):
    group = GLPlus(2)
    conv, (g_in, g_out) = AffinePointConv(3, 5, group), sets(group)
    x, pos = torch.randn(9, 4, 3), torch.randn(9, 2)
    weights = torch.tensor([0.4, 0.6, 0.0, 0.0]).log()
    out = conv(x, pos, graph, group.as_samples(g_in.elements, weights), g_out)
    few = group.as_samples(g_in.elements[:2], weights[:2])
    expected = conv(x[:, :2], pos, graph, few, g_out)
    torch.testing.assert_close(out, expected, atol=20 * tol, rtol=20 * tol)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_nodes_edges_and_batches(options, graph):
    conv, (g_in, g_out) = AffinePointConv(3, 5, SL(3), **options), sets(SL(3))

    def call(x, edge_index):
        return conv(x[:, 3:].view(-1, 4, 3), x[:, :3], edge_index, g_in, g_out)

    x, batch = torch.randn(9, 15), torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 2])
    assert_equivariant(call, x, graph)
    assert_batch_independent(lambda x, edges, batch: call(x, edges), x, batch, graph)


@pytest.mark.parametrize("options", [*OPTIONS, MASKED], ids=str)
def test_contract_of_a_layer(options, graph):
    conv, samples = AffinePointConv(3, 5, GLPlus(2), **options), sets(GLPlus(2))
    assert_layer_contract(conv, torch.randn(9, 4, 3), torch.randn(9, 2), graph, *samples)


@pytest.mark.parametrize("num", [0, 1, 2])
@pytest.mark.parametrize("depthwise", [False, True])
def test_no_nodes_and_no_edges(num, depthwise):
    conv, samples = AffinePointConv(3, 5, SL(2), depthwise=depthwise), sets(SL(2))
    out = conv(torch.randn(num, 4, 3), torch.randn(num, 2), NONE, *samples)
    assert out.shape == (num, 3, 5) and not out.any()


@pytest.mark.parametrize("mask", ["none", "sigmoid"])
def test_loops_and_equal_samples_have_finite_gradients(mask):
    conv, samples = AffinePointConv(3, 5, SL(2), mask=mask), SL(2).sample(4)
    pos, loop = torch.randn(1, 2).requires_grad_(), torch.zeros(2, 1, dtype=torch.long)
    out = conv(torch.randn(1, 4, 3), pos, loop, samples, samples)
    (grad,) = torch.autograd.grad(out.sum(), pos)
    assert grad.isfinite().all()


def test_gradients_of_samples_are_finite(graph):
    """Learned elements, at the identity, where singular values are equal."""
    group = GLPlus(3)
    elements = torch.eye(3).repeat(4, 1, 1).requires_grad_()
    samples = group.as_samples(elements)
    conv = AffinePointConv(3, 5, group)
    out = conv(torch.randn(9, 4, 3), torch.randn(9, 3), graph, samples, samples)
    (grad,) = torch.autograd.grad(out.square().sum(), elements)
    assert grad.isfinite().all() and grad.any()


def test_sparse_edges_and_pairs(graph, tol):
    graph = graph.unique(dim=1)
    conv, samples = AffinePointConv(3, 5, SL(2)), sets(SL(2))
    x, pos = torch.randn(9, 4, 3), torch.randn(9, 2)
    out = conv(x, pos, graph, *samples)
    ones = torch.ones(graph.size(1))
    adj_t = torch.sparse_coo_tensor(graph.flip(0), ones, (9, 9)).to_sparse_csr()
    torch.testing.assert_close(conv(x, pos, adj_t, *samples), out, atol=tol, rtol=tol)
    few = graph[:, graph[1] < 2]
    part = conv((x, None), (pos, pos[:2]), few, *samples, size=(9, 2))
    torch.testing.assert_close(part, out[:2], atol=tol, rtol=tol)


@pytest.mark.parametrize("depthwise", [True, False])
@pytest.mark.parametrize("group", [SL(2), GLPlus(2)], ids=str)
@pytest.mark.parametrize("dynamic", [None, True])
def test_compiles_without_a_graph_break(depthwise, group, dynamic, graph, tol):
    torch._dynamo.reset()
    conv, samples = AffinePointConv(3, 5, group, depthwise=depthwise), sets(group)
    x, pos = torch.randn(9, 4, 3), torch.randn(9, 2)
    compiled = torch.compile(conv, dynamic=dynamic, fullgraph=True, backend="aot_eager")
    expected = conv(x, pos, graph, *samples)
    torch.testing.assert_close(
        compiled(x, pos, graph, *samples), expected, atol=20 * tol, rtol=20 * tol
    )


def test_reset_parameters_and_repr():
    conv = AffinePointConv(3, 5, SL(2), depthwise=True)
    before = {name: p.clone() for name, p in conv.named_parameters() if p.dim() > 1}
    conv.reset_parameters()
    assert not any(torch.equal(before[n], dict(conv.named_parameters())[n]) for n in before)
    assert str(conv) == "AffinePointConv(3, 5, group=SL(2))"


@pytest.mark.parametrize(
    "options",
    [{"kernel": (SIREN(2, 3), SIREN(4, 3))}, {"kernel": SIREN(6, 3), "depthwise": True}],
    ids=["pair", "module"],
)
def test_wrong_kernels(options):
    with pytest.raises(ValueError, match="'kernel' must be a name or a pair of networks if"):
        AffinePointConv(3, 5, SL(2), **options)


def test_wrong_inputs(graph):
    conv, (g_in, g_out) = AffinePointConv(3, 5, SL(2)), sets(SL(2))
    x, pos = torch.randn(9, 4, 3), torch.randn(9, 2)
    with pytest.raises(ValueError, match=r"'g_in' must be samples of SL\(2\) .*SO\(2\), 4"):
        conv(x, pos, graph, SO(2).sample(4), g_out)
    with pytest.raises(ValueError, match=r"'g_out' must be samples of SL\(2\).*SL\(3\), 3"):
        conv(x, pos, graph, g_in, SL(3).sample(3))
    with pytest.raises(ValueError, match=r"'x' must be of shape \[9, 3, 3\] \(got \[9, 4, 3\]\)"):
        conv(x, pos, graph, g_out, g_out)
    with pytest.raises(ValueError, match=r"'pos' must be of shape \[N, 2\]"):
        conv(x, torch.randn(9), graph, g_in, g_out)
