import pytest
import torch

from pyg_symm.nn.models.baselines import ImageEncoder


@pytest.mark.parametrize("size", [10, 14, 28])
def test_images(size):
    encoder, x = ImageEncoder(size, 6), torch.rand(4, size * size)
    out = encoder(x)
    assert out.shape == (4, 6)
    torch.testing.assert_close(encoder(x[2:3]), out[2:3])
    assert encoder(x[:0]).shape == (0, 6)


def test_tiny_images():
    with pytest.raises(ValueError, match=r"'image_size' must be at least 10 \(got 8\)"):
        ImageEncoder(8, 6)
