"""Items that were chosen together."""

import os
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from .splits import SPLITS, check_split
from .subset_sets import SubsetDataset

NEGATIVES = ("uniform", "dissimilar")


class BasketSubsets(SubsetDataset):
    r"""Baskets of items, each among items that are not in it; the optimal subset is the basket.

    Baskets come from a file with one basket a line, items separated by blanks or commas. They are
    split in the order of the file into thirds to train, to validate and to test, as in the
    `"Learning Neural Set Functions Under the Optimal Subset Oracle"
    <https://arxiv.org/abs/2203.01693>`_ paper. Features of items come from the training baskets, by
    :func:`item_features`: they tell which items are chosen together.

    Each set also has ``item`` :math:`(n)`, the numbers of its items in :attr:`items`.

    Args:
        path (str): The file of baskets.
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        size (int, optional): The number of items of a set. (default: :obj:`30`)
        min_items (int, optional): Smaller baskets are left out. (default: :obj:`3`)
        num_features (int, optional): Features of an item, at most. (default: :obj:`64`)
        negatives (str, optional): Which other items are in a set: ``"uniform"`` ones, or those
            that are most ``"dissimilar"`` to the basket, by the cosine of features, as published.
            That makes the task easier. (default: ``"uniform"``)
        num_sets (int, optional): Take the first baskets of the split, this many. (default: all)
        seed (int, optional): Other items and orders are a function of it. (default: :obj:`0`)
        transform (Callable, optional): Applied to a set at every access.

    Raises:
        ValueError: If a split has no basket, or there are fewer than ``size`` items.

    Attributes:
        items (list): Names of all items.

    Examples:
        >>> dataset = BasketSubsets("baskets.csv")  # doctest: +SKIP
        >>> dataset[0]  # doctest: +SKIP
        Data(x=[30, 64], y=[30], item=[30])
    """

    items: list[str]

    def __init__(
        self,
        path: str,
        split: str = "train",
        size: int = 30,
        min_items: int = 3,
        num_features: int = 64,
        negatives: str = "uniform",
        num_sets: int | None = None,
        seed: int = 0,
        transform: Callable | None = None,
    ) -> None:
        if negatives not in NEGATIVES:
            raise ValueError(f"'negatives' must be one of {list(NEGATIVES)} (got {negatives!r})")
        check_split(split)
        if min_items < 1 or num_features < 1:
            raise ValueError(
                f"'min_items' and 'num_features' must be positive (got {min_items} and "
                f"{num_features})"
            )
        self.items, baskets = read_baskets(path)
        if size > len(self.items):
            raise ValueError(
                f"'size' must be at most the number of items in '{path}', {len(self.items)} "
                f"(got {size})"
            )
        kept = [basket for basket in baskets if min_items <= len(basket) < size]
        bounds = [0, len(kept) * 33 // 100, len(kept) * 66 // 100, len(kept)]
        part = SPLITS.index(split)
        self._baskets = kept[bounds[part] : bounds[part + 1]][:num_sets]
        if not self._baskets:
            raise ValueError(
                f"'path' must have baskets of {min_items} to {size - 1} items for the {split} "
                f"split (got '{path}' with {len(kept)} of {len(baskets)})"
            )
        self._features = item_features(kept[: bounds[1]], len(self.items), num_features)
        self.size, self.negatives = size, negatives
        super().__init__(split, len(self._baskets), seed, transform)

    def draw(self, num_sets: int, generator: torch.Generator) -> list[Data]:
        unit = torch.nn.functional.normalize(self._features, dim=1)
        sets = []
        for basket in self._baskets:
            members = torch.tensor(basket)
            score = torch.rand(len(self.items), generator=generator)
            if self.negatives == "dissimilar":
                centre = torch.nn.functional.normalize(self._features[members].mean(dim=0), dim=0)
                score = -unit @ centre
            score[members] = torch.inf  # The basket first, then the other items.
            item = score.topk(self.size).indices
            item = item[torch.randperm(self.size, generator=generator)]
            y = torch.isin(item, members)
            sets.append(Data(x=self._features[item], y=y, item=item))
        return sets


def read_baskets(path: str) -> tuple[list[str], list[list[int]]]:
    r"""Reads a file with one basket a line.

    Args:
        path (str): A text file; items are separated by blanks or commas.

    Returns:
        tuple: The names of all items, sorted, and the items of each basket, each once.

    Raises:
        ValueError: If there is no basket, or the file is not text.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            rows = [sorted(set(line.replace(",", " ").split())) for line in file]
    except UnicodeDecodeError as error:
        raise ValueError(f"'path' must be a text file (got '{os.fspath(path)}')") from error
    rows = [row for row in rows if row]
    if not rows:
        raise ValueError(f"'path' must have at least one basket (got '{os.fspath(path)}')")
    names = sorted({name for row in rows for name in row})
    if all(name.isdecimal() for name in names):
        names.sort(key=int)
    number = {name: i for i, name in enumerate(names)}
    return names, [sorted(number[name] for name in row) for row in rows]


def item_features(baskets: Sequence[Sequence[int]], num_items: int, num_features: int) -> Tensor:
    r"""Coordinates of items in the leading singular directions of baskets.

    A basket counts with the inverse square root of its size, an item with that of its frequency, so
    that neither large baskets nor frequent items drown the rest. Features have the mean square one.
    Those of an item in no basket are zero.

    Args:
        baskets (list): The items of each basket.
        num_items (int): The number of items :math:`I`.
        num_features (int): The number of features, at most :math:`F`.

    Returns:
        torch.Tensor: Features :math:`(I, \min(F, I))`.
    """
    together = torch.zeros(num_items, num_items, dtype=torch.double)
    for basket in baskets:
        row = torch.tensor(basket)
        together[row.unsqueeze(1), row] += 1 / len(basket)
    scale = together.diagonal().clamp(min=1e-12).rsqrt()
    scale[together.diagonal() == 0] = 0
    values, vectors = torch.linalg.eigh(scale.unsqueeze(1) * together * scale)
    # Signs of vectors are open: the largest entry is positive.
    vectors = vectors * vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True)).sign()
    features = (vectors * values.clamp(min=0).sqrt()).flip(1)[:, :num_features]
    features = features / features.square().mean().sqrt().clamp(min=1e-12)
    return features.to(torch.get_default_dtype())
