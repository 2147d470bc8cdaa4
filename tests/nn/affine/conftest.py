import math

import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus


class Blob(torch.nn.Module):
    """A smooth kernel in closed form: a wave under a Gaussian, of positions or with a group."""

    def __init__(self, width=0.25, channels=1):
        super().__init__()
        self.width, self.channels = width, channels

    def forward(self, z):
        pos, more = z[..., :2], z[..., 2:]
        value = torch.exp(-pos.square().sum(-1) / (2 * self.width**2))
        value = value * torch.cos(3 * pos[..., 0] + pos[..., 1] + more.sum(-1) + 0.4)
        return value.unsqueeze(-1).expand(*value.shape, self.channels)


def _image(points, shift):
    """A sum of waves at points of the plane, moved by shifts."""
    x, y = (points + shift).unbind(-1)
    return torch.cos(2.0 * x + y + 0.3) + torch.sin(x - 2.5 * y) + 0.5 * torch.cos(4 * y + 1)


@pytest.fixture
def blob():
    """A kernel in closed form."""
    return Blob


@pytest.fixture
def image():
    """A function of the plane in closed form."""
    return _image


@pytest.fixture
def groups():
    """All groups of the plane."""
    return [SO(2), SL(2), GLPlus(2)]


@pytest.fixture
def near_identity():
    """Draws elements whose symmetric part has a given size, turned by a random angle."""

    def draw(group, size, seed=0, dtype=None):
        generator = torch.Generator().manual_seed(seed)
        y = torch.randn(2, 2, generator=generator, dtype=torch.double)
        y = y + y.T
        if not group.has_det:
            y = y - torch.eye(2, dtype=torch.double) * y.trace() / 2
        angle = torch.rand((), generator=generator, dtype=torch.double) * 2 * math.pi
        turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()]).view(2, 2)
        y = size * y / y.norm() if group.symmetric_dim > 0 else torch.zeros_like(y)
        return group.from_chart(y, turn).to(dtype or torch.get_default_dtype())

    return draw
