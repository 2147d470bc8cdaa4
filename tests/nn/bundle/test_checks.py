import pytest
import torch

from pyg_symm.nn.bundle.checks import check_graph, check_sizes, check_vectors

POS = torch.zeros(3, 3)
EDGES = torch.tensor([[0, 1], [1, 2]])


def test_what_is_right_passes():
    batch = torch.zeros(3, dtype=torch.long)
    edges, same = check_graph(POS, EDGES, batch, 3)
    assert torch.equal(edges, EDGES) and same is batch
    assert check_graph(POS, None, None, 3) == (None, None)
    check_vectors(None, 0, POS)
    check_vectors(torch.zeros(3, 2, 3), 2, POS)
    check_sizes(0, a=0, b=3)


@pytest.mark.parametrize(
    "pos, edges, batch, message",
    [
        (torch.zeros(3, 2), None, None, r"'pos' must have shape \[N, 3\] \(got \[3, 2\]\)"),
        (torch.zeros(3), None, None, r"'pos' must have shape \[N, 3\] \(got \[3\]\)"),
        (POS.half(), None, None, r"'pos' must be float32 or float64 \(got torch.float16\)"),
        (POS.long(), None, None, r"'pos' must be float32 or float64 \(got torch.int64\)"),
        (POS[:0], None, None, r"'pos' must hold at least one node \(got shape \[0, 3\]\)"),
        (POS, EDGES + 1, None, r"must be at least 4 to hold 'edge_index'"),
        (POS, EDGES - 1, None, r"'edge_index' must not be negative"),
        (POS, EDGES.float(), None, r"'edge_index' must hold integers"),
        (POS, EDGES[0], None, r"'edge_index' must be of shape \[2, E\] \(got \[2\]\)"),
        (POS, None, torch.zeros(2).long(), r"'batch' must have shape \[3\] \(got \[2\]\)"),
        (POS, None, torch.zeros(3), r"'batch' must hold integers \(got torch.float"),
    ],
)
def test_wrong_graphs(pos, edges, batch, message):
    with pytest.raises(ValueError, match=message):
        check_graph(pos, edges, batch, 3)


@pytest.mark.parametrize(
    "vec, num, message",
    [
        (None, 1, r"'vec' must have shape \[3, 1, 3\] for 1 'in_vectors' \(got None\)"),
        (torch.zeros(3, 3), 1, r"'vec' must have shape \[3, 1, 3\] .* \(got \[3, 3\]\)"),
        (torch.zeros(3, 1, 3), 0, r"'vec' must be None for 0 'in_vectors' \(got \[3, 1, 3\]\)"),
        (torch.zeros(3, 1, 3).long(), 1, r"'vec' must hold floating-point numbers"),
    ],
)
def test_wrong_vectors(vec, num, message):
    with pytest.raises(ValueError, match=message):
        check_vectors(vec, num, POS)


@pytest.mark.parametrize("value", [-1, 1.0, True, None])
def test_wrong_sizes(value):
    with pytest.raises(ValueError, match=f"'width' must be an integer of 0 or more .got {value}"):
        check_sizes(0, width=value)
