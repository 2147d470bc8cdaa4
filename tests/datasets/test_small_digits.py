import gzip

import numpy as np
import pytest
import torch

from pyg_symm.datasets import SmallDigits


@pytest.fixture
def make(tmp_path, write_wheel):
    """Images of noise in place of digits; the first pixel of each is the number of its line."""
    table = np.random.RandomState(0).randint(0, 17, (1797, 65))
    table[:, 0], table[:, -1] = np.arange(1797), np.arange(1797) % 10
    lines = "\n".join(",".join(map(str, row)) for row in table) + "\n"

    class Mini(SmallDigits):
        wheel = write_wheel(
            tmp_path / "SmallDigits" / "raw", {"mini/digits.csv.gz": gzip.compress(lines.encode())}
        )

    return lambda **kwargs: Mini(str(tmp_path), **kwargs)


def test_splits(make):
    parts = {split: make(split=split) for split in ("train", "val", "test")}
    assert [len(part) for part in parts.values()] == [1257, 180, 360]
    lines = torch.cat([part.x[:, 0] * 16 for part in parts.values()])
    assert torch.equal(lines.sort().values, torch.arange(1797.0))
    for part in parts.values():
        assert torch.equal(part.y, (part.x[:, 0] * 16).long() % 10)
        assert part[0].x.shape == (1, 64) and part[0].y.shape == (1,) and part[0].num_nodes == 1
    assert parts["val"].num_classes == 10
    assert torch.equal(make(split="val").x, parts["val"].x)


def test_at_most_so_many(make):
    whole, some = make(split="val"), make(split="val", limit=18)
    assert torch.equal(some.x, whole.x[9::10])


def test_wrong_arguments(make):
    with pytest.raises(ValueError, match=r"'split' must be one of .*got 'valid'"):
        make(split="valid")
    with pytest.raises(ValueError, match="'limit' must be positive"):
        make(limit=0)


def test_a_broken_table(tmp_path, write_wheel):
    class Mini(SmallDigits):
        wheel = write_wheel(
            tmp_path / "SmallDigits" / "raw", {"m/d.csv.gz": gzip.compress(b"1,2\n3,4\n")}
        )

    with pytest.raises(ValueError, match=r"must have 1797 lines of 65 \(got \(2, 2\)\)"):
        Mini(str(tmp_path))


@pytest.mark.network
def test_the_wheel(tmp_path):
    try:
        data = SmallDigits(str(tmp_path), split="train")
    except RuntimeError as error:
        pytest.skip(str(error))
    assert data.y.bincount().tolist() == data.y.bincount(minlength=10).tolist()
    assert 0 == data.x.min() and data.x.max() == 1
