import pytest
import torch

from pyg_symm.datasets.superpixels import CONTRAST, ITERATIONS, superpixels


@pytest.fixture
def images():
    """Dark images with a bright bar each."""
    images = torch.zeros(3, 12, 14, dtype=torch.uint8)
    images[0, 3:5] = 255
    images[1, :, 6:9] = 200
    images[2, 2:10, 4:7] = 128
    return images


def literal(image, start, iterations=ITERATIONS):
    """The same clusters with loops over pixels."""
    pixels = {
        (column, row): (column, row, CONTRAST * int(image[row, column]) / 255)
        for row in range(image.size(0))
        for column in range(image.size(1))
    }
    centers = [pixels[place] for place in start]
    for _ in range(iterations):
        groups = [[] for _ in centers]
        for pixel in pixels.values():
            apart = [sum((a - b) ** 2 for a, b in zip(pixel, c, strict=True)) for c in centers]
            groups[apart.index(min(apart))].append(pixel)
        for i, group in enumerate(groups):
            if group:
                centers[i] = tuple(sum(values) / len(group) for values in zip(*group, strict=True))
    return torch.tensor(centers)


def test_equal_to_a_program_with_loops(images):
    random = torch.randint(256, (1, 12, 14), generator=torch.Generator().manual_seed(0))
    images = torch.cat([images, random.to(torch.uint8)])
    steps = torch.tensor([0.7548776662466927, 0.5698402909980532])
    start = (((0.5 + torch.arange(1, 10).view(-1, 1) * steps) % 1) * torch.tensor([14, 12])).long()
    assert len(set(map(tuple, start.tolist()))) == 9
    pos, brightness = superpixels(images, 9)
    for i, image in enumerate(images):
        expected = literal(image, [tuple(place) for place in start.tolist()])
        torch.testing.assert_close(pos[i], expected[:, :2], atol=1e-4, rtol=0)
        torch.testing.assert_close(brightness[i], expected[:, 2] / CONTRAST, atol=1e-5, rtol=0)


def test_bright_and_dark_pixels_are_apart(images):
    pos, brightness = superpixels(images, 20)
    assert pos.shape == (3, 20, 2) and brightness.shape == (3, 20)
    for i, value in enumerate((1.0, 200 / 255, 128 / 255)):
        assert ((brightness[i] < 1e-6) | ((brightness[i] - value).abs() < 1e-6)).sum() >= 16
        assert brightness[i].max() == pytest.approx(value)
    assert pos[..., 0].min() >= 0 and pos[..., 0].max() <= 13 and pos[..., 1].max() <= 11


def test_each_image_by_itself(images):
    together = superpixels(torch.cat([images] * 6), 7)
    for i in range(3):
        alone = superpixels(images[i : i + 1], 7)
        for a, b in zip(together, alone, strict=True):
            assert torch.equal(a[i : i + 1], b) and torch.equal(a[i + 15 : i + 16], b)


def test_no_images():
    pos, brightness = superpixels(torch.zeros(0, 4, 4, dtype=torch.uint8), 3)
    assert pos.shape == (0, 3, 2) and brightness.shape == (0, 3)


def test_errors(images):
    with pytest.raises(ValueError, match=r"'images' must be bytes \(B, H, W\) .*float32"):
        superpixels(images.float(), 3)
    with pytest.raises(ValueError, match=r"'images' must be bytes .*\[12, 14\]"):
        superpixels(images[0], 3)
    for num in (0, 12 * 14 + 1):
        with pytest.raises(ValueError, match=rf"'num_points' must be in 1..168 \(got {num}\)"):
            superpixels(images, num)
