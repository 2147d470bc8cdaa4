import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.nn import GIN

from pyg_symm.weights.connectivity.forwards import call_model, run_over


class Pair(torch.nn.Module):
    def forward(self, x, scale=1.0):
        return scale * x


class Whole(torch.nn.Module):
    def forward(self, data):
        return data.x


def graphs():
    edges = torch.tensor([[0, 1], [1, 0]])
    return Batch.from_data_list([Data(x=torch.randn(n, 3), edge_index=edges) for n in (2, 4)])


def test_tensors_tuples_and_mappings():
    x = torch.randn(3)
    for batch in (x, (x, torch.zeros(3)), [x], {"x": x}):
        assert torch.equal(call_model(Pair(), batch), x)
    assert torch.equal(call_model(Pair(), {"x": x, "scale": 2.0}), 2 * x)


def test_graphs_give_what_the_model_takes():
    batch, model = graphs(), GIN(3, 4, 1)
    expected = model(batch.x, batch.edge_index)
    torch.testing.assert_close(call_model(model, batch), expected)
    assert torch.equal(call_model(Whole(), batch), batch.x)
    calls = []

    class Pooled(torch.nn.Module):
        def forward(self, x, edge_index, batch, batch_size=None):
            calls.append((batch.tolist(), batch_size))

    call_model(Pooled(), batch)
    assert calls == [([0, 0, 1, 1, 1, 1], 2)]


@pytest.mark.parametrize("batch", ["text", [], 3])
def test_others_are_refused(batch):
    with pytest.raises(ValueError, match="'batches' must hold"):
        call_model(Pair(), batch)


def test_loaders_are_run_without_gradients():
    seen = []
    num = run_over(Pair(), [1, 2], lambda model, x: seen.append((x, torch.is_grad_enabled())))
    assert num == 2 and seen == [(1, False), (2, False)]
    with pytest.raises(ValueError, match="'batches' must not be empty"):
        run_over(Pair(), [])
