import pytest
import torch

from pyg_symm.datasets import DigitSubsets, digit_subsets
from pyg_symm.datasets.digits import digit_split


@pytest.fixture
def numbered(monkeypatch):
    """Images whose pixels say which image it is; the digit is the last figure of its number."""
    number = torch.arange(5000)
    images = torch.stack([number // 256, number % 256]).to(torch.uint8).t()
    images = images.repeat_interleave(392, dim=1).view(-1, 28, 28)
    monkeypatch.setattr(type(digit_subsets.DIGITS), "fetch", lambda self, root: [])
    monkeypatch.setattr(digit_subsets, "read_digits", lambda path: (images, number % 10))


def numbers(data):
    pixels = (255 * data.x.view(len(data.y), 2, -1).mean(dim=-1)).round().long()
    return pixels[:, 0] * 256 + pixels[:, 1]


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_few_show_another_digit(numbered, split):
    counts, images = [], set(digit_split(torch.arange(5000) % 10, split).tolist())
    for data in DigitSubsets(split=split, num_sets=50):
        shown = numbers(data)
        assert data.x.shape == (16, 196) and 0 <= data.x.min() and data.x.max() <= 1
        assert set(shown.tolist()) <= images and len(shown.unique()) == 16
        usual, few = (shown[~data.y] % 10).unique(), (shown[data.y] % 10).unique()
        assert len(usual) == len(few) == 1 and usual != few
        counts.append(int(data.y.sum()))
    assert set(counts) == {2, 3, 4}


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"k": (0, 2)}, r"'k' must be in 1..15"),
        ({"k": (2, 16)}, r"'k' must be in 1..15"),
        ({"k": (3, 2)}, "'k' must not decrease"),
        ({"k": 3}, "'k' must be the fewest and the most images .got 3"),
        ({"image_size": 10}, r"'image_size' must divide 28 \(got 10\)"),
        ({"split": "val", "size": 51}, r"'size' must be at most 50 \(got 51\)"),
    ],
)
def test_bad_arguments(numbered, kwargs, message):
    with pytest.raises(ValueError, match=message):
        DigitSubsets(num_sets=2, **kwargs)
