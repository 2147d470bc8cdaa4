import pytest
import torch
import torch.nn.functional as F

from pyg_symm.nn.models import PooledCNN, WhitenedCNN
from pyg_symm.nn.models.baselines.whitened_cnn import whiten_images
from pyg_symm.testing import ModelSuite


class TestWhitenedCNN(ModelSuite):
    model = WhitenedCNN
    in_channels = 16

    def build(self):
        return WhitenedCNN(1, 8, 3)

    def call(self, model, batch):
        return model(batch.x.view(-1, 1, 4, 4).abs())


def blobs(side, matrix, shift):
    """Three round blobs, moved by an affine map."""
    line = (torch.arange(side).double() + 0.5) * 2 / side - 1
    y, x = torch.meshgrid(line, line, indexing="ij")
    points = torch.stack([x, y], dim=-1) - torch.tensor(shift).double()
    points = points @ torch.linalg.inv(matrix).T
    image = torch.zeros(side, side).double()
    for centre, height in [((-0.2, -0.1), 1.0), ((0.2, -0.15), 0.5), ((0.05, 0.25), 0.8)]:
        far = (points - torch.tensor(centre).double()).square().sum(dim=-1)
        image += height * torch.exp(-far / 0.02)
    return image.view(1, 1, side, side)


def moments(image):
    line = (torch.arange(image.size(-1)).double() + 0.5) * 2 / image.size(-1) - 1
    y, x = torch.meshgrid(line, line, indexing="ij")
    weight = image[0].sum(0) / image.sum()
    mean = torch.stack([(weight * x).sum(), (weight * y).sum()])
    u, v = x - mean[0], y - mean[1]
    entries = [(weight * a * b).sum() for a in (u, v) for b in (u, v)]
    return mean, torch.stack(entries).view(2, 2)


MAPS = [
    torch.eye(2).double(),
    torch.tensor([[1.2, 0.2], [0.0, 0.9]]).double(),
    torch.tensor([[0.8, -0.3], [0.3, 1.1]]).double(),
]


@pytest.mark.parametrize("matrix", MAPS)
def test_moments_of_whitened_images(matrix):
    white = whiten_images(blobs(80, matrix, (0.1, -0.15)), spread=0.25)
    mean, covariance = moments(white)
    assert float(mean.abs().max()) < 2e-3
    torch.testing.assert_close(covariance, 0.25**2 * torch.eye(2).double(), atol=2e-3, rtol=0)


@pytest.mark.parametrize("matrix", MAPS)
def test_maps_turn_whitened_images(matrix):
    side, spread = 160, 0.25
    first, second = (blobs(side, m, (s, s)) for m, s in ((MAPS[0], 0.0), (matrix, 0.1)))
    white, moved = whiten_images(first, spread), whiten_images(second, spread)

    def root(covariance):
        values, vectors = torch.linalg.eigh(covariance)
        return vectors @ values.sqrt().diag() @ vectors.T

    old, new = (root(moments(image)[1]) for image in (first, second))
    turn = torch.linalg.inv(new) @ matrix @ old
    torch.testing.assert_close(turn @ turn.T, torch.eye(2).double(), atol=2e-3, rtol=0)
    theta = torch.cat([turn.T, torch.zeros(2, 1).double()], dim=1).unsqueeze(0)
    grid = F.affine_grid(theta, list(white.shape), align_corners=False)
    turned = F.grid_sample(white, grid, align_corners=False)
    assert float((turned - moved).norm() / moved.norm()) < 0.02


def test_scales_and_translations_change_nothing():
    a, b = (blobs(160, f * MAPS[0], (s, -s)) for f, s in ((1.0, 0.0), (0.8, 0.2)))
    a, b = whiten_images(a), whiten_images(b)
    assert float((a - b).norm() / a.norm()) < 0.02


def test_dark_and_thin_images():
    images = torch.zeros(3, 2, 20, 20)
    images[1, 0, 3:17, 10] = 1  # A line.
    images[2, 1, 10, 10] = 1  # A point.
    white = whiten_images(images)
    assert torch.equal(white[0], images[0]) and bool(white.isfinite().all())
    assert float(white[1].sum()) > 14 and float(white[2].sum()) > 1


def test_gradients_of_images_are_finite():
    images = torch.zeros(2, 1, 12, 12).double()
    images[1, 0, 4:8, 6] = 1
    images.requires_grad_()
    whiten_images(images).square().sum().backward()
    assert bool(images.grad.isfinite().all())


def test_the_network_behind_is_a_plain_one():
    torch.manual_seed(0)
    model, plain = WhitenedCNN(1, 8, 3, spread=0.2), PooledCNN(1, 8, 3)
    plain.load_state_dict(model.state_dict())
    x = torch.rand(2, 1, 16, 16)
    assert torch.equal(model(x), plain(whiten_images(x, 0.2)))
    for spread in (0, 1.5):
        with pytest.raises(ValueError, match=r"'spread' must be in \(0, 1\] \(got"):
            WhitenedCNN(1, 8, 3, spread=spread)
