"""Splits of a dataset for cross-validation."""

from pathlib import Path

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

Folds = list[tuple[Tensor, Tensor]]


def stratified_folds(y: Tensor, num_folds: int = 10, seed: int = 0) -> Folds:
    r"""Splits indices into folds with equal shares of every class.

    Every index is tested exactly once. The folds differ by at most one in size, and by at most one
    in the number of members of each class.

    Args:
        y (torch.Tensor): Class of each graph :math:`(N)`, integers.
        num_folds (int, optional): The number of folds, 2 to :math:`N`. (default: :obj:`10`)
        seed (int, optional): The folds are a function of it. (default: :obj:`0`)

    Returns:
        list: The training and the test indices of each fold, ascending.

    Raises:
        ValueError: If ``y`` is not an integer vector or ``num_folds`` does not fit it.

    Examples:
        >>> folds = stratified_folds(torch.tensor([0, 0, 1, 0, 1, 1]), num_folds=3)
        >>> [train.numel() for train, test in folds]
        [4, 4, 4]
    """
    if y.dim() != 1:
        raise ValueError(f"'y' must be a vector (got shape {list(y.shape)})")
    if y.is_floating_point() or y.is_complex():
        raise ValueError(f"'y' must hold classes as integers (got {y.dtype})")
    check_sizes(0, num_folds=num_folds)
    if not 2 <= num_folds <= y.numel():
        raise ValueError(f"'num_folds' must be in 2 to {y.numel()}, the graphs (got {num_folds})")
    y = y.cpu()
    order = torch.randperm(y.numel(), generator=torch.Generator().manual_seed(seed))
    order = order[y[order].sort(stable=True).indices]
    # Dealt out like cards, class by class: a run of one class reaches all folds in turn.
    fold = torch.empty_like(order)
    fold[order] = torch.arange(y.numel()) % num_folds
    return [_split(fold == i) for i in range(num_folds)]


def read_folds(folder: str | Path, num_graphs: int) -> Folds:
    r"""Reads fixed folds from files ``test_idx-1.txt``, ``test_idx-2.txt``, ...

    Each file holds the test indices of one fold, counted from 0, one a line; all other graphs are
    for training. Published folds may leave out a few graphs, which are then never tested. They
    hold for one copy of a dataset: those published with MUTAG count the graphs of another copy,
    in another order than :class:`~pyg_symm.datasets.MUTAG` and TUDataset have them.

    Args:
        folder (str or Path): Where the files are.
        num_graphs (int): The number of graphs of the dataset.

    Returns:
        list: The training and the test indices of each fold, ascending.

    Raises:
        FileNotFoundError: If there are no such files, or one is missing in between.
        ValueError: If a file holds anything but indices below ``num_graphs``, or if an index occurs
            twice, in one file or in two.
    """
    count = len(list(Path(folder).glob("test_idx-*.txt")))
    paths = [Path(folder) / f"test_idx-{i + 1}.txt" for i in range(max(count, 1))]
    tested = torch.zeros(num_graphs, dtype=torch.bool)
    folds = []
    for path in paths:
        is_test = torch.zeros_like(tested)
        for line in path.read_text().split():
            if not line.isdecimal() or not int(line) < num_graphs:
                raise ValueError(f"{path} must hold indices below {num_graphs} (got {line!r})")
            if is_test[int(line)] or tested[int(line)]:
                raise ValueError(f"Graph {line} of {path} is in the test folds twice")
            is_test[int(line)] = True
        tested |= is_test
        folds.append(_split(is_test))
    return folds


def _split(is_test: Tensor) -> tuple[Tensor, Tensor]:
    return (~is_test).nonzero().view(-1), is_test.nonzero().view(-1)
