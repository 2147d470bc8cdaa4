from pathlib import Path

import pytest
import torch

from pyg_symm.datasets import BasketSubsets
from pyg_symm.datasets.basket_subsets import item_features, read_baskets


@pytest.fixture
def path(tmp_path):
    """Two groups of items that are never chosen together."""
    generator = torch.Generator().manual_seed(0)
    rows = []
    for i in range(120):
        items = torch.randperm(10, generator=generator)[: 3 + i % 3] + 10 * (i % 2) + 1
        rows.append(" ".join(map(str, items.tolist())))
    path = tmp_path / "baskets.csv"
    path.write_text("\n".join([*rows, "7", "", "3 3"]))
    return str(path)


def test_sets(path):
    parts = {split: BasketSubsets(path, split, size=12) for split in ("train", "val", "test")}
    assert [len(part) for part in parts.values()] == [39, 40, 41]
    names, baskets = read_baskets(path)
    kept = iter([basket for basket in baskets if len(basket) >= 3])
    for part in parts.values():
        for data in part:
            assert len(data.item.unique()) == 12
            assert data.item[data.y].sort().values.tolist() == next(kept)
    assert parts["train"].items == names == [str(i) for i in range(1, 21)]


def test_other_items(path):
    uniform = BasketSubsets(path, size=12)
    dissimilar = BasketSubsets(path, size=12, negatives="dissimilar")
    same = [
        sum(int(((d.item[~d.y] // 10) == d.item[d.y][0] // 10).sum()) for d in part)
        for part in (uniform, dissimilar)
    ]
    assert same[1] < same[0] / 3  # The others are of the other group.


def test_features_tell_what_is_chosen_together(path):
    features = BasketSubsets(path, size=12)._features
    assert features.shape == (20, 20)
    group = torch.arange(20) // 10
    leading = item_features([[0, 1], [0, 1, 2], [3, 4]], 6, 2)
    assert leading.shape == (6, 2) and not leading[5].any()
    alike = torch.nn.functional.normalize(features[:, :2], dim=1)
    alike = alike @ alike.T
    assert alike[group[:, None] == group].min() > alike[group[:, None] != group].max()


def test_features_are_those_of_the_training_baskets(path, tmp_path):
    lines = Path(path).read_text().splitlines()
    other = tmp_path / "other.csv"
    other.write_text("\n".join([*lines[:80], *lines[119:79:-1], *lines[120:]]))
    first, second = (BasketSubsets(str(p), "test", size=12) for p in (path, other))
    assert torch.equal(first._features, second._features)


def test_names_and_commas(tmp_path):
    path = tmp_path / "baskets.csv"
    path.write_text("milk, bread\nbread,eggs,milk,eggs\n")
    assert read_baskets(str(path)) == (["bread", "eggs", "milk"], [[0, 2], [0, 1, 2]])


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"size": 21}, r"'size' must be at most the number of items in .*, 20 \(got 21\)"),
        ({"size": 12, "min_items": 7}, "'path' must have baskets of 7 to 11 items for the train"),
        ({"size": 12, "negatives": "hard"}, "'negatives' must be one of"),
        ({"size": 12, "num_features": 0}, "'min_items' and 'num_features' must be positive"),
        ({"size": 12, "split": "valid"}, "'split' must be one of"),
    ],
)
def test_bad_arguments(path, kwargs, message):
    with pytest.raises(ValueError, match=message):
        BasketSubsets(path, **kwargs)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe\x00"])
def test_bad_files(tmp_path, content):
    path = tmp_path / "baskets.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="'path' must"):
        read_baskets(str(path))
