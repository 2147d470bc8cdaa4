import pytest
import torch

from pyg_symm.nn.bundle import PointNetwork

SCALARS = torch.tensor([[1.0], [2.0], [5.0]])
VECTORS = torch.arange(9.0).view(3, 1, 3)
BATCH = torch.tensor([0, 0, 1])


def test_results_of_nodes():
    assert PointNetwork(2, 8, 1, 1, 0, 0, None).results(SCALARS, VECTORS, BATCH, None) is SCALARS
    out = PointNetwork(2, 8, 1, 1, 0, 1, None).results(SCALARS, VECTORS, BATCH, None)
    assert out[0] is SCALARS and out[1] is VECTORS


def test_results_of_graphs():
    scalars, vectors = PointNetwork(2, 8, 1, 1, 0, 1, "mean").results(SCALARS, VECTORS, BATCH, 3)
    assert scalars.tolist() == [[1.5], [5.0], [0.0]]
    assert vectors.tolist() == [[[1.5, 2.5, 3.5]], [[6.0, 7.0, 8.0]], [[0.0, 0.0, 0.0]]]
    alone = PointNetwork(2, 8, 1, 1, 0, 0, "sum").results(SCALARS, VECTORS, BATCH, None)
    assert alone.tolist() == [[3.0], [5.0]]


def test_names_and_sizes():
    class Mine(PointNetwork):
        def extra_repr(self):
            return f"{super().extra_repr()}, depth=3"

    text = "Mine(2, 8, 1, num_layers=4, in_vectors=3, out_vectors=5, depth=3)"
    assert repr(Mine(2, 8, 1, 4, 3, 5, "sum")) == text


@pytest.mark.parametrize(
    "place, value, message",
    [
        (0, -1, "'in_channels' must be an integer of 0 or more .got -1"),
        (1, 0, "'hidden_channels' must be an integer of 1 or more .got 0"),
        (2, 0, "one of 'out_channels' and 'out_vectors' must be positive"),
        (3, 0, "'num_layers' must be an integer of 1 or more .got 0"),
        (4, -1, "'in_vectors' must be an integer of 0 or more .got -1"),
        (5, -1, "'out_vectors' must be an integer of 0 or more .got -1"),
        (6, "max", "'pool' must be None, 'sum' or 'mean' .got 'max'"),
    ],
)
def test_wrong_arguments(place, value, message):
    arguments = [2, 8, 1, 1, 0, 0, None]
    arguments[place] = value
    with pytest.raises(ValueError, match=message):
        PointNetwork(*arguments)
