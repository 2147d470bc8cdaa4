import gzip

import numpy as np
import pytest
import torch

from pyg_symm.datasets import DigitPoints
from pyg_symm.datasets.digits import digit_split, read_digits
from pyg_symm.datasets.superpixels import superpixels


@pytest.fixture(scope="session")
def table():
    """Images of noise in place of digits; in most of them all pixels are dark."""
    pixels = np.zeros((5000, 785), dtype=np.int64)
    pixels[::7, :784] = np.random.RandomState(0).randint(0, 256, (715, 784))
    pixels[:, 784] = np.arange(5000) % 10
    dark = "0," * 784
    lines = (",".join(map(str, row)) if row[:784].any() else dark + str(row[784]) for row in pixels)
    return gzip.compress("\n".join([*lines, ""]).encode(), 1)


@pytest.fixture
def make(tmp_path, table, write_wheel):
    class Mini(DigitPoints):
        wheel = write_wheel(tmp_path / "Digits" / "raw", {"mini/mnist_5k.csv.gz": table})

    return lambda *args, **kwargs: Mini(str(tmp_path), *args, **kwargs)


def test_graphs(make):
    dataset = make("val", limit=7)
    assert len(dataset) == 7
    images, y = read_digits(dataset.raw_paths[0])
    chosen = digit_split(y, "val")
    mask = (torch.arange(501) * 7 // 500).diff() > 0
    pixels, brightness = superpixels(images[chosen[mask]], 75)
    for i, data in enumerate(dataset):
        data.validate()
        assert data.x.shape == (75, 1) and data.pos.shape == (75, 2)
        assert torch.equal(data.x[:, 0], brightness[i]) and torch.equal(
            data.y, y[chosen[mask]][[i]]
        )
        torch.testing.assert_close(data.pos[:, 0] * 14 + 13.5, pixels[i, :, 0])
        torch.testing.assert_close(13.5 - data.pos[:, 1] * 14, pixels[i, :, 1])


def test_neighbours(make):
    for data in make(num_points=10, k=3, limit=4):
        apart = torch.cdist(data.pos, data.pos).fill_diagonal_(torch.inf)
        source, target = data.edge_index
        assert torch.equal(target, torch.arange(10).repeat_interleave(3))
        assert (source != target).all()
        found = apart[target, source].view(10, 3)
        expected = apart.topk(3, largest=False).values
        torch.testing.assert_close(found.sort().values, expected, atol=1e-3, rtol=0)
        assert all(len(set(row)) == 3 for row in source.view(10, 3).tolist())


def test_processed_once(make, tmp_path):
    first = make("test", num_points=5, k=2, limit=3)
    (path,) = (tmp_path / "Mini").rglob("*.pt")
    time = path.stat().st_mtime_ns
    assert torch.equal(make("test", num_points=5, k=2, limit=3).pos, first.pos)
    assert path.stat().st_mtime_ns == time
    again = make("test", num_points=5, k=2, limit=3, force_reload=True)
    assert torch.equal(again.pos, first.pos) and torch.equal(again.edge_index, first.edge_index)


def test_errors(make, tmp_path):
    for kwargs, message in [
        ({"split": "valid"}, r"'split' must be one of .*got 'valid'"),
        ({"num_points": 1}, r"'num_points' must be in 2..784 \(got 1\)"),
        ({"num_points": 785}, r"'num_points' must be in 2..784 \(got 785\)"),
        ({"k": 75}, r"'k' must be in 1..74 \(got 75\)"),
        ({"k": 0}, r"'k' must be in 1..74 \(got 0\)"),
        ({"limit": 0}, r"'limit' must be positive \(got 0\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            make(**kwargs)
    assert not (tmp_path / "Mini").exists()
