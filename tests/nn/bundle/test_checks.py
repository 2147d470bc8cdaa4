import pytest
import torch

from pyg_symm.nn.bundle.checks import check_graph, check_inputs, check_outputs

POS = torch.zeros(3, 3)
EDGES = torch.tensor([[0, 1], [1, 2]])


def test_what_is_right_passes():
    batch = torch.zeros(3, dtype=torch.long)
    edges, same = check_graph(POS, EDGES, batch, 3)
    assert torch.equal(edges, EDGES) and same is batch
    assert check_graph(POS, None, None, 3) == (None, None)
    assert check_graph(POS, None, batch.to(torch.uint8), 3)[1].dtype == torch.long
    x = torch.randn(3, 2)
    assert check_inputs(x, torch.zeros(3, 2, 3), POS, 2, 2) is x
    assert check_inputs(None, None, POS, 4, 0).tolist() == [[1.0] * 4] * 3
    assert check_inputs(None, torch.zeros(3, 1, 3), POS, 0, 1).shape == (3, 0)
    assert check_inputs(None, None, POS, 0, 0).tolist() == [[1.0]] * 3
    check_outputs(0, 1, "mean")
    check_outputs(1, 0, None)


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
        (POS, None, torch.tensor([0, -1, 0]), r"'batch' must not be negative \(got -1\)"),
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
        check_inputs(None, vec, POS, 2, num)


@pytest.mark.parametrize(
    "x, message",
    [
        (torch.zeros(3, 3), r"'x' must have shape \[3, 2\] \(got \[3, 3\]\)"),
        (torch.zeros(2), r"'x' must have shape \[3, 2\] \(got \[2\]\)"),
        (torch.zeros(3, 2).long(), r"'x' must hold floating-point numbers \(got torch.int64\)"),
    ],
)
def test_wrong_scalars(x, message):
    with pytest.raises(ValueError, match=message):
        check_inputs(x, None, POS, 2, 0)


@pytest.mark.parametrize(
    "args, message",
    [
        ((0, 0, None), "one of 'out_channels' and 'out_vectors' must be positive"),
        ((-1, 1, None), "'out_channels' must be an integer of 0 or more .got -1"),
        ((1, 0, "max"), "'pool' must be None, 'sum' or 'mean' .got 'max'"),
    ],
)
def test_wrong_outputs(args, message):
    with pytest.raises(ValueError, match=message):
        check_outputs(*args)
