import pytest
import torch

from pyg_symm.groups import random_orthogonal
from pyg_symm.nn.models import EGNN

EDGES = torch.tensor([[0, 1, 1, 2, 3, 2, 4], [1, 0, 2, 1, 2, 3, 4]])


def inputs(num=5, vectors=1):
    return torch.randn(num, 2), torch.randn(num, 3), torch.randn(num, vectors, 3)


def literal(model, x, pos, edges, vec):
    """One coordinate a node, node by node."""
    h = model.embed(torch.cat([x, vec.norm(dim=-1)], dim=-1))
    start = pos
    for layer in model.layers:
        new_h, new_pos = [], []
        for i in range(len(pos)):
            near = [j for j, k in edges.T.tolist() if k == i and j != i]
            messages, steps = [torch.zeros_like(h[0])], [torch.zeros(3)] * (not near)
            for j in near:
                square = (pos[i] - pos[j]).square().sum().view(1)
                message = layer.edge(torch.cat([h[i], h[j], square]).unsqueeze(0))[0]
                messages.append(message)
                steps.append((pos[i] - pos[j]) * layer.offset(message))
            velocity = layer.velocity(h[i].unsqueeze(0))[0] * vec[i, 0]
            new_pos.append(pos[i] + torch.stack(steps).mean(0) + velocity)
            total = torch.stack(messages).sum(0)
            new_h.append(h[i] + layer.node(torch.cat([h[i], total]).unsqueeze(0))[0])
        h, pos = torch.stack(new_h), torch.stack(new_pos)
    return model.read(h), (pos - start).unsqueeze(1)


def test_formula(tol):
    model, (x, pos, vec) = EGNN(2, 8, 3, 2, in_vectors=1, out_vectors=1), inputs()
    for layer in model.layers:
        torch.nn.init.normal_(layer.offset[-1].weight)
    out = model(x, pos, EDGES, vec=vec)
    expected = literal(model, x, pos, EDGES, vec)
    torch.testing.assert_close(out, expected, atol=100 * tol, rtol=100 * tol)


@pytest.mark.parametrize("in_vectors", [0, 2])
@pytest.mark.parametrize("out_vectors", [0, 1, 3])
def test_equivariant(tol, in_vectors, out_vectors):
    sizes = {"in_vectors": in_vectors, "out_vectors": out_vectors}
    model, (x, pos, vec) = EGNN(2, 8, 3, 2, **sizes), inputs(vectors=2)
    matrix = random_orthogonal(1)[0]
    out = model(x, pos, EDGES, vec=vec if in_vectors else None)
    moved = model(x, pos @ matrix.T + 1.0, EDGES, vec=vec @ matrix.T if in_vectors else None)
    if out_vectors == 0:
        out, moved = (out, None), (moved, None)
    torch.testing.assert_close(moved[0], out[0], atol=50 * tol, rtol=50 * tol)
    if out_vectors:
        assert out[1].shape == (5, out_vectors, 3)
        torch.testing.assert_close(moved[1], out[1] @ matrix.T, atol=50 * tol, rtol=50 * tol)


def test_without_edges_all_nodes_of_a_graph_are_joined(tol):
    model, (x, pos, _) = EGNN(2, 8, 1, 2, pool="sum"), inputs()
    batch = torch.tensor([0, 1, 0, 1, 1])
    parts = [model(x[batch == b], pos[batch == b]) for b in (0, 1)]
    out = model(x, pos, batch=batch)
    torch.testing.assert_close(out, torch.cat(parts), atol=20 * tol, rtol=20 * tol)


def test_first_steps_are_small():
    torch.manual_seed(0)
    model, (x, pos, _) = EGNN(2, 8, 0, 2, out_vectors=1), inputs()
    assert 0 < model(x, pos, EDGES)[1].abs().max() < 1e-2


def test_repr():
    text = "EGNN(2, 8, 3, num_layers=2, in_vectors=1, out_vectors=0)"
    assert str(EGNN(2, 8, 3, 2, in_vectors=1)) == text


@pytest.mark.parametrize(
    "options, message",
    [
        ({"hidden_channels": 0}, "'hidden_channels' must be an integer of 1 or more .got 0"),
        ({"out_channels": 0}, "one of 'out_channels' and 'out_vectors' must be positive"),
        ({"pool": "max"}, "'pool' must be None, 'sum' or 'mean' .got 'max'"),
    ],
)
def test_wrong_arguments(options, message):
    sizes = {"in_channels": 2, "hidden_channels": 8, "out_channels": 1, "num_layers": 2}
    with pytest.raises(ValueError, match=message):
        EGNN(**{**sizes, **options})


def test_wrong_inputs():
    model, (x, pos, vec) = EGNN(2, 8, 3, 2, in_vectors=1), inputs()
    with pytest.raises(ValueError, match=r"'vec' must have shape \[5, 1, 3\]"):
        model(x, pos, EDGES)
    with pytest.raises(ValueError, match=r"'x' must have shape \[5, 2\] \(got \[5, 1\]\)"):
        model(x[:, :1], pos, EDGES, vec=vec)
