import pytest
import torch

from pyg_symm.weights.features.groups import assignment, labels_of, merge_state
from pyg_symm.weights.features.layout import Layout

GROUPS = {"h0": [[0, 2, 5], [1], [3, 4], [6, 7]], "h1": [[i] for i in range(7)]}


def test_labels():
    assert labels_of(GROUPS["h0"], 8).tolist() == [0, 1, 0, 2, 2, 0, 3, 3]


def test_matrices_of_groups_are_inverse():
    mean, copy = assignment(GROUPS["h0"], 8)
    assert torch.equal(mean @ copy, torch.eye(4, dtype=torch.double))
    torch.testing.assert_close(mean.sum(dim=1), torch.ones(4, dtype=torch.double))
    assert copy.sum(dim=0).tolist() == [3, 1, 2, 2] and copy.sum(dim=1).tolist() == [1] * 8


@pytest.mark.parametrize("paper", [False, True])
def test_merged_weights_are_products_with_the_matrices(mlp, float64, paper):
    model, spec = mlp()
    groups = {**GROUPS, "h1": [[0, 6], [1, 2, 3, 4], [5]]}
    state = merge_state(Layout(model, spec), groups, paper=paper)
    mean0, copy0 = assignment(groups["h0"], 8)
    mean1, copy1 = assignment(groups["h1"], 7)
    if paper:
        mean0, copy0, mean1, copy1 = copy0.T, mean0.T, copy1.T, mean1.T
    torch.testing.assert_close(state["0.weight"], mean0 @ model[0].weight.detach())
    torch.testing.assert_close(state["0.bias"], mean0 @ model[0].bias.detach())
    torch.testing.assert_close(state["2.weight"], mean1 @ model[2].weight.detach() @ copy0)
    torch.testing.assert_close(state["4.weight"], model[4].weight.detach() @ copy1)
    assert torch.equal(state["4.bias"], model[4].bias)


def test_units_in_no_group_are_left_out(mlp):
    model, spec = mlp()
    state = merge_state(Layout(model, spec), {"h0": [[1], [4]], "h1": [[i] for i in range(7)]})
    assert torch.equal(state["0.weight"], model[0].weight[[1, 4]])
    assert torch.equal(state["2.weight"], model[2].weight[:, [1, 4]])
