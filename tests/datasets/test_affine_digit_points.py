import numpy as np
import pytest
import torch
from torch_geometric.loader import DataLoader

from pyg_symm.datasets import AffineDigitPoints, AffineDigits
from pyg_symm.datasets.affine_digit_points import INK, ink_points
from pyg_symm.datasets.image_warps import pixel_centres


@pytest.fixture(scope="module")
def folder(tmp_path_factory, write_mnist):
    """Rings and bars of several sizes."""
    row, column = np.mgrid[:28, :28] - 13.5
    images = np.zeros((100, 28, 28))
    for i, image in enumerate(images):
        if i % 2:
            far = np.abs(np.hypot(row, column) - 3 - 4 * i / 100)
        else:
            far = np.maximum(np.abs(row) - 8, np.abs(column - i / 25))
        image[:] = 255 * np.clip(2.2 - far, 0, 1)
    folder = tmp_path_factory.mktemp("mnist")
    for name in ("train", "t10k"):
        write_mnist(folder, name, 100, images=images)
    return str(folder)


@pytest.mark.parametrize("split", ["train", "val", "test", "upright"])
def test_graphs(split, folder):
    data = AffineDigitPoints(split=split, num_points=20, k=4, folder=folder, limit=4)
    images = AffineDigits(split=split, folder=folder, limit=4)
    assert len(data) == len(images) == 4
    centres = pixel_centres(40, 40).float()
    for graph, item in zip(data, images, strict=True):
        graph.validate()
        assert graph.x.shape == (20, 1) and graph.edge_index.shape == (2, 80)
        assert torch.equal(graph.y, item.y) and torch.equal(graph.matrix, item.matrix)
        pixel = torch.cdist(graph.pos, centres).argmin(1)
        assert torch.equal(graph.pos, centres[pixel]) and len(pixel.unique()) == 20
        assert torch.equal(graph.x[:, 0], item.x.flatten()[pixel])
        source, target = graph.edge_index
        assert torch.equal(target, torch.arange(20).repeat_interleave(4))
        apart = torch.cdist(graph.pos, graph.pos).fill_diagonal_(torch.inf)
        expected = apart.topk(4, largest=False).values
        torch.testing.assert_close(apart[target, source].view(20, 4).sort().values, expected)


def test_clouds_are_a_function_of_the_seed(folder):
    first, again, other = (
        AffineDigitPoints(split="test", num_points=20, folder=folder, num_warps=2, seed=seed)
        for seed in (0, 0, 1)
    )
    assert len(first) == 200 and torch.equal(first.pos, again.pos)
    assert not torch.equal(first.pos, other.pos)


def test_batches(folder):
    batch = next(iter(DataLoader(AffineDigitPoints(num_points=9, k=3, folder=folder), 5)))
    assert batch.pos.shape == (45, 2) and batch.matrix.shape == (5, 3, 3)
    assert torch.equal(batch.batch, torch.arange(5).repeat_interleave(9))


def test_transform(folder):
    data = AffineDigitPoints(folder=folder, limit=2, transform=lambda graph: graph.y)
    assert data[0].shape == (1,)


def test_points_are_bright_and_spread():
    image = torch.zeros(1, 1, 9, 9)
    image[0, 0, 4] = 1.0  # A bar through the middle.
    image[0, 0, 0, 0] = 0.9 * INK
    pos, brightness = ink_points(image, 3)
    assert pos[0, :, 0].tolist() == pytest.approx([0, -8 / 9, 8 / 9])
    assert pos[0, :, 1].abs().max() < 1e-6 and torch.equal(brightness, torch.ones(1, 3))
    pos, brightness = ink_points(image, 9)  # All of the bar, once.
    assert torch.equal(brightness, torch.ones(1, 9)) and len(pos[0].unique(dim=0)) == 9
    pos, brightness = ink_points(image, 10)  # The brightest that is left.
    assert brightness.sort().values[0, 0] == 0.9 * INK
    pos, _ = ink_points(torch.zeros(2, 1, 3, 3), 9)
    assert len(pos[1].unique(dim=0)) == 9


def test_images_do_not_depend_on_their_batch():
    images = torch.rand(5, 1, 12, 12)
    pos, brightness = ink_points(images, 7)
    for i in range(5):
        alone = ink_points(images[i : i + 1], 7)
        assert torch.equal(alone[0][0], pos[i]) and torch.equal(alone[1][0], brightness[i])


@pytest.mark.parametrize(
    "options, message",
    [
        ({"num_points": 1}, "'num_points' must be 2 or more .got 1"),
        ({"k": 0}, "'k' must be in 1..39 .got 0"),
        ({"num_points": 5, "k": 5}, "'k' must be in 1..4 .got 5"),
        ({"num_points": 10_000}, "'num_points' must be in 1..1600 .got 10000"),
        ({"split": "all"}, "'split' must be"),
    ],
)
def test_wrong_arguments(options, message, folder):
    with pytest.raises(ValueError, match=message):
        AffineDigitPoints(folder=folder, **options)
