from itertools import pairwise

import numpy as np
import pytest
import torch
from torch_geometric.loader import DataLoader

from pyg_symm.datasets import AffineDigits, HomographyDigits, warp_images
from pyg_symm.datasets.image_warps import pixel_centres, transform_points

KINDS = (AffineDigits, HomographyDigits)


def strokes(num):
    """Broken lines about as thick and large as digits, a function of the number of the image."""
    random = np.random.RandomState(0)
    row, column, _ = np.mgrid[:28, :28, :1]
    images = np.zeros((num, 28, 28))
    for image in images:
        for a, b in pairwise(random.uniform(5.5, 21.5, (4, 2))):
            y, x = a[:, None] + np.linspace(0, 1, 40) * (b - a)[:, None]
            far = np.hypot(row - y, column - x).min(axis=-1)
            np.maximum(image, np.clip(2.2 - far, 0, 1), out=image)
    return 255 * images


@pytest.fixture(scope="module")
def folder(tmp_path_factory, write_mnist):
    folder = tmp_path_factory.mktemp("mnist")
    images = strokes(100)
    write_mnist(folder, "train", 100, images=images)
    write_mnist(folder, "t10k", 100, images=images)
    return str(folder)


def psnr(a, b):
    return -10 * (a - b).square().flatten(1).mean(dim=1).log10()


@pytest.mark.parametrize("kind", KINDS)
def test_inverse_maps_recover_the_digits(kind, folder):
    moved, upright = kind(split="test", folder=folder), kind(split="upright", folder=folder)
    assert len(moved) == len(upright) == 100 and torch.equal(moved.y, upright.y)
    assert moved.x.shape == (100, 1, 40, 40) and 0 <= moved.x.min() and moved.x.max() <= 1
    assert torch.equal(upright.matrix, torch.eye(3).double().expand(100, 3, 3))
    assert float(psnr(warp_images(moved.x, moved.matrix.inverse()), upright.x).min()) > 20
    assert float(psnr(moved.x, upright.x).mean()) < 15  # They have moved.


@pytest.mark.parametrize("kind", KINDS)
def test_no_ink_leaves_the_image(kind, folder):
    moved, upright = kind(split="test", folder=folder), kind(split="upright", folder=folder)
    for item, digit in zip(moved, upright, strict=True):
        ink = pixel_centres(40, 40)[digit.x.view(-1) > 0]
        assert float(transform_points(item.matrix, ink[None]).abs().max()) < 1
    if kind is AffineDigits:  # The brightness of an image grows with its area.
        area = torch.linalg.det(moved.matrix)
        share = moved.x.sum((1, 2, 3)) / upright.x.sum((1, 2, 3)) / area
        assert 0.95 < float(share.min()) and float(share.max()) < 1.05


@pytest.mark.parametrize("kind", KINDS)
def test_images_are_a_function_of_the_seed(kind, folder):
    first = kind(split="test", folder=folder, limit=10)
    again, other = (kind(split="test", folder=folder, limit=10, seed=seed) for seed in (0, 1))
    assert torch.equal(first.x, again.x) and torch.equal(first.matrix, again.matrix)
    assert not any(torch.equal(a, b) for a, b in zip(first.matrix, other.matrix, strict=True))
    val = kind(split="val", folder=folder)
    assert not torch.equal(val.matrix[0], first.matrix[0])


def test_splits(folder):
    train, val = (AffineDigits(split=split, folder=folder) for split in ("train", "val"))
    assert len(train) == 90 and len(val) == 10
    assert torch.equal(train.matrix, torch.eye(3).double().expand(len(train), 3, 3))
    assert torch.equal(train.x[:, :, :6], torch.zeros(len(train), 1, 6, 40))
    assert len(AffineDigits(folder=folder, held_out=False)) == 100
    moved = AffineDigits(folder=folder, train_warps=2)
    assert len(moved) == 2 * len(train) and torch.equal(moved.y[::2], train.y)


def test_several_maps_of_a_digit(folder):
    data = AffineDigits(split="test", folder=folder, num_warps=3, limit=5)
    upright = AffineDigits(split="upright", folder=folder, num_warps=3, limit=5)
    assert len(data) == 15 and len(upright) == 5
    assert torch.equal(data.y, upright.y.repeat_interleave(3))
    digits = upright.x.repeat_interleave(3, dim=0)
    torch.testing.assert_close(warp_images(digits, data.matrix), data.x)
    assert not torch.equal(data.matrix[0], data.matrix[1])


def test_maps_are_in_their_ranges(folder):
    data = AffineDigits(
        split="test", folder=folder, num_warps=20, angle=10, shear=0, scales=(0.9, 1.0)
    )
    stretch = torch.linalg.svdvals(data.matrix[:, :2, :2])
    assert 0.9 <= float(stretch.min()) and float(stretch.max()) <= 1 + 1e-12
    turn = torch.atan2(data.matrix[:, 1, 0], data.matrix[:, 0, 0]).rad2deg()
    assert 9 < float(turn.abs().max()) <= 10
    assert torch.equal(data.matrix[:, 2], torch.tensor([0.0, 0.0, 1.0]).double().expand(2000, 3))
    tilted = HomographyDigits(split="test", folder=folder, num_warps=20, perspective=0.3)
    # A translation and a linear map leave the horizon where it was: w is that of the first factor.
    assert 0.29 < float(tilted.matrix[:, 2, :2].abs().max()) <= 0.5


def test_batches(folder):
    batch = next(iter(DataLoader(HomographyDigits(split="test", folder=folder), 8)))
    assert batch.x.shape == (8, 1, 40, 40) and batch.matrix.shape == (8, 3, 3)
    assert batch.y.shape == (8,) and batch.num_graphs == 8


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_arguments(kind, folder):
    for kwargs, message in [
        ({"split": "valid"}, r"'split' must be one of .*'upright'\] \(got 'valid'\)"),
        ({"num_warps": 0}, r"'num_warps' must be an integer of 1 or more \(got 0\)"),
        ({"train_warps": -1}, r"'train_warps' must be an integer of 0 or more \(got -1\)"),
        ({"size": 27}, r"'size' must be at least 28 \(got 27\)"),
        ({"angle": 181}, r"'angle' must be in 0..180 \(got 181\)"),
        ({"shear": -0.1}, r"'shear' must not be negative \(got -0.1\)"),
        ({"scales": (1.2, 0.8)}, r"'scales' must be positive and ascend \(got \(1.2, 0.8\)\)"),
        ({"scales": (0, 1)}, r"'scales' must be positive"),
        ({"limit": 0}, "'limit' must be positive"),
        ({"seed": -1}, "'seed' must be an integer of 0 or more"),
        ({"split": "test", "scales": (3, 3)}, "'images' must leave more room around the ink"),
    ]:
        with pytest.raises(ValueError, match=message):
            kind(folder=folder, **kwargs)
    with pytest.raises(ValueError, match=r"'perspective' must be in \[0, 0.5\) \(got 0.5\)"):
        HomographyDigits(folder=folder, perspective=0.5)


@pytest.mark.network
@pytest.mark.parametrize("kind", KINDS)
def test_digits_of_mnist(kind):
    try:
        moved, upright = (kind(split=split, limit=200) for split in ("test", "upright"))
    except RuntimeError as error:
        pytest.skip(str(error))
    assert float(psnr(warp_images(moved.x, moved.matrix.inverse()), upright.x).min()) > 20
