import pytest
import torch
import torch.nn.functional as F

from pyg_symm.nn.models import PooledCNN
from pyg_symm.testing import ModelSuite
from pyg_symm.weights import trace_spec


class TestPooledCNN(ModelSuite):
    model = PooledCNN
    in_channels = 16

    def build(self):
        return PooledCNN(1, 8, 3)

    def call(self, model, batch):
        return model(batch.x.view(-1, 1, 4, 4))


def test_sizes():
    model = PooledCNN(1, 64, 10)
    assert str(model) == "PooledCNN(1, 64, 10, kernel_sizes=(5, 5, 3))"
    assert sum(p.numel() for p in model.parameters()) == 93_834
    assert model(torch.zeros(3, 1, 40, 37)).shape == (3, 10)


def test_a_literal_transcription():
    torch.manual_seed(0)
    model, x = PooledCNN(2, 6, 4), torch.randn(3, 2, 12, 12)
    first, second, third = model.convs
    out = F.max_pool2d(F.relu(F.conv2d(x, first.weight, first.bias, padding=2)), 2)
    out = F.max_pool2d(F.relu(F.conv2d(out, second.weight, second.bias, padding=2)), 2)
    out = F.relu(F.conv2d(out, third.weight, third.bias, padding=1)).flatten(2).max(dim=2).values
    torch.testing.assert_close(model(x), model.head(F.relu(model.hidden(out))))


def test_translations_by_the_stride_change_nothing():
    torch.manual_seed(0)
    model, x = PooledCNN(1, 8, 3), torch.zeros(2, 1, 40, 40)
    x[:, :, 14:24, 14:24] = torch.rand(2, 1, 10, 10)
    for conv in model.convs:  # With them, empty regions have an edge.
        torch.nn.init.zeros_(conv.bias)
    torch.testing.assert_close(model(x.roll((4, -4), (2, 3))), model(x))


def test_parameters_are_drawn_again():
    torch.manual_seed(0)
    model, x = PooledCNN(1, 8, 3), torch.randn(2, 1, 9, 9)
    first = model(x)
    model.reset_parameters()
    assert not torch.equal(model(x), first)
    torch.manual_seed(0)
    model.reset_parameters()
    assert torch.equal(model(x), first)


def test_training_lowers_the_loss():
    torch.manual_seed(0)
    model, x, y = PooledCNN(1, 8, 3), torch.randn(30, 1, 8, 8), torch.arange(30) % 3
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(40):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]


def test_channels_may_be_renumbered():
    spec = trace_spec(PooledCNN(1, 6, 2), torch.randn(2, 1, 8, 8))
    assert sorted(spec.classes.values()) == [3, 6, 6, 6]


def test_wrong_arguments():
    for sizes in ((), (4,), (3, 0)):
        with pytest.raises(ValueError, match="'kernel_sizes' must be odd and at least one"):
            PooledCNN(1, 8, 3, kernel_sizes=sizes)
    with pytest.raises(ValueError, match=r"'hidden_channels' must be at least 2 \(got 1\)"):
        PooledCNN(1, 1, 3)
    for shape in ((2, 1, 3, 8), (1, 8, 8)):
        with pytest.raises(ValueError, match="'x' must be images of at least 4 x 4 pixels"):
            PooledCNN(1, 8, 3)(torch.zeros(shape))
