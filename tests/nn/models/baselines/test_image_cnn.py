import pytest
import torch

from pyg_symm.nn.models import ImageCNN
from pyg_symm.testing import ModelSuite
from pyg_symm.weights import trace_spec


class TestImageCNN(ModelSuite):
    model = ImageCNN
    in_channels = 16

    def build(self):
        return ImageCNN(self.in_channels, 8, 3)

    def call(self, model, batch):
        return model(batch.x)


def test_images_have_an_output_each():
    torch.manual_seed(0)
    model = ImageCNN(64, 8, 10, dropout=0.5)
    assert str(model) == "ImageCNN(64, 8, 10, num_layers=3)"
    x = torch.randn(5, 64)
    out = model.eval()(x)
    assert out.shape == (5, 10)
    torch.testing.assert_close(model(x[2:3]), out[2:3])
    torch.manual_seed(1)
    model.reset_parameters()
    first = model(x)
    torch.manual_seed(1)
    model.reset_parameters()
    assert torch.equal(model(x), first) and not torch.equal(first, out)


def test_training_lowers_the_loss():
    torch.manual_seed(0)
    model, x, y = ImageCNN(64, 8, 3), torch.randn(30, 64), torch.arange(30) % 3
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(20):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]


def test_channels_may_be_renumbered():
    spec = trace_spec(ImageCNN(49, 6, 2), torch.randn(2, 49))
    assert sorted(spec.classes.values()) == [6, 6, 6]


def test_images_must_be_square():
    with pytest.raises(ValueError, match="'in_channels' must be a square number .got 63"):
        ImageCNN(63, 8, 10)
