import pytest
import torch

from pyg_symm.nn.bundle import EdgePoints

EDGES = torch.tensor([[0, 1, 1, 2, 3, 1], [1, 0, 2, 1, 1, 1]])  # With a loop; none leads to 3.


def test_every_edge_but_loops_is_a_point(tol):
    pos = torch.randn(5, 3)
    frame = EdgePoints().frame(pos, EDGES, None, None)
    assert frame.owner.tolist() == [0, 1, 1, 1, 2]
    senders = torch.tensor([1, 0, 2, 3, 1])
    offset = pos[senders] - pos[frame.owner]
    expected = offset / offset.norm(dim=1, keepdim=True)
    torch.testing.assert_close(frame.orientation, expected, atol=tol, rtol=tol)


def test_points_hear_those_of_their_own_node_and_of_its_senders():
    frame = EdgePoints().frame(torch.randn(5, 3), EDGES, None, None)
    owner = frame.owner.tolist()
    joined = {(j, i) for j, i in EDGES.T.tolist()} | {(i, i) for i in range(5)}
    expected = {
        (q, p)
        for q in range(len(owner))
        for p in range(len(owner))
        if p != q and (owner[q], owner[p]) in joined
    }
    found = list(zip(frame.pairs.source.tolist(), frame.pairs.target.tolist(), strict=True))
    assert len(found) == len(set(found)) and set(found) == expected
    assert frame.attributes.shape == (len(expected), 1, 3) and not frame.pairs.two_way


def test_lift_and_read(tol):
    space, pos = EdgePoints(), torch.randn(5, 3)
    frame = space.frame(pos, EDGES, None, None)
    x, vec = torch.randn(5, 2), torch.randn(5, 1, 3)
    lifted = space.lift(x, vec, frame)
    assert lifted.shape == (5, 1, 3)
    scalars, vectors = space.read(lifted, 2, frame, pos, vec)
    for node in range(5):
        mine = frame.owner == node
        if not bool(mine.any()):
            assert node in (3, 4) and not scalars[node].any() and not vectors[node].any()
            continue
        o = frame.orientation[mine]
        torch.testing.assert_close(scalars[node], x[node], atol=tol, rtol=tol)
        expected = (o * (o @ vec[node, 0]).unsqueeze(1)).mean(0)
        torch.testing.assert_close(vectors[node, 0], expected, atol=tol, rtol=tol)


def test_cutoff_ends_messages_and_the_graph_of_all_pairs():
    pos = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
    frame = EdgePoints().frame(pos, None, None, 2.0)
    assert frame.owner.tolist() == [0, 1]
    edges = torch.tensor([[0, 2], [1, 0]])
    frame = EdgePoints().frame(pos, edges, None, 2.0)
    assert frame.owner.tolist() == [0, 1] and frame.pairs.source.tolist() == [0]


def test_coincident_points():
    pos = torch.tensor([[0.0, 0.0], [1.0, 2.0], [1.0, 2.0]])
    message = r"'pos' must differ at the two ends .* \(nodes \[1, 2\] are at \[1.0, 2.0\]\)"
    with pytest.raises(ValueError, match=message):
        EdgePoints().frame(pos, torch.tensor([[0, 1], [1, 2]]), None, None)
