import pytest
import torch

from pyg_symm.nn.models import PPGN
from pyg_symm.testing import assert_batch_independent, assert_invariant

EDGES = torch.tensor([[0, 1, 1, 2, 3, 4, 4, 5], [1, 0, 2, 1, 4, 3, 5, 4]])
BATCH = torch.tensor([0, 0, 0, 1, 1, 1, 2])


def build(**kwargs):
    return PPGN(5, 8, num_layers=2, out_channels=3, **kwargs).eval()


def test_a_block_is_its_formula():
    net, x = build(norm=None), torch.randn(3, 5)
    adjacency = torch.tensor([[0.0, 1, 0], [1, 0, 1], [0, 1, 0]])
    state = torch.cat([torch.diag_embed(x.t()).permute(1, 2, 0), adjacency.unsqueeze(-1)], dim=-1)
    expected = torch.zeros(1, 3)
    for block, head in zip(net.blocks, net.heads, strict=True):
        product = torch.einsum("ilc,ljc->ijc", block.left(state), block.right(state)) / 3
        state = block.skip(torch.cat([state, product], dim=-1))
        diagonal = state.diagonal().t().amax(0)
        others = state[~torch.eye(3, dtype=torch.bool)].amax(0)
        expected = expected + head(torch.cat([diagonal, others]))
    torch.testing.assert_close(net(x, EDGES[:, :4]), expected)


def test_graph_outputs_do_not_depend_on_the_batch():
    assert_batch_independent(build(), torch.randn(7, 5), BATCH, EDGES)


def test_graph_outputs_are_invariant_to_node_labels():
    net, x = build(), torch.randn(3, 5)
    expected = net(x, EDGES[:, :4])
    perm = torch.tensor([2, 0, 1])
    torch.testing.assert_close(net(x[perm], perm.argsort()[EDGES[:, :4]]), expected)
    no_edges = torch.empty(2, 0, dtype=torch.long)
    assert_invariant(lambda x, index: net(x, no_edges), x)


def test_edge_features_are_read_and_checked():
    net, x = build(edge_dim=2), torch.randn(7, 5)
    attr = torch.randn(8, 2)
    assert not torch.equal(net(x, EDGES, BATCH, attr), net(x, EDGES, BATCH, attr.flip(0)))
    with pytest.raises(ValueError, match=r"'edge_attr' must have shape \[E, 2\] \(got None\)"):
        net(x, EDGES, BATCH)


def test_training_lowers_the_loss():
    net, x = build().train(), torch.randn(7, 5)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    losses = []
    for _ in range(10):
        loss = torch.nn.functional.cross_entropy(net(x, EDGES, BATCH), torch.tensor([0, 1, 2]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_no_layers_are_refused():
    with pytest.raises(
        ValueError, match="'num_layers' must be an integer of 1 or more \\(got 0\\)"
    ):
        PPGN(5, 8, 0, 3)


EDGES_OF_TWO = torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]])
TWO = torch.tensor([0, 0, 1, 1])


@pytest.mark.parametrize(
    "options, kwargs, message",
    [
        ({"edge_dim": 2}, {"edge_attr": torch.ones(8, 2)}, r"\(got \[8, 2\]\), .* E = 4 edges"),
        ({}, {"edge_attr": torch.ones(4, 2)}, r"'edge_dim' is None \(got shape \[4, 2\]\)"),
        ({}, {"batch": TWO[:3]}, r"'batch' must have shape \[4\] \(got \[3\]\)"),
        ({}, {"batch": TWO.flip(0)}, "'batch' must be ascending"),
        ({}, {"batch": torch.tensor([0, 1, 1, 1])}, "must not join nodes of two graphs"),
    ],
)
def test_what_does_not_fit_is_refused(options, kwargs, message):
    model = PPGN(3, 4, num_layers=1, out_channels=2, **options)
    with pytest.raises(ValueError, match=message):
        model(torch.randn(4, 3), EDGES_OF_TWO, **kwargs)
