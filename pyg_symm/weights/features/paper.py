r"""Iterative feature merging as published.

The procedure of the authors' code, with what :mod:`path` does better left as it was: rows that
write a unit are *summed* and columns that read it are averaged, one-dimensional tensors (biases,
vectors of norms) do not count in distances but are summed, variances included, and a class stops
when its least distance exceeds ``beta`` times the *present* largest one. Two equal units, at which
the code fails an assertion, are merged here.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .blocks import Block
from .path import Merge


class PaperPath:
    r"""Merges one pair of each class in turn, until no class merges.

    Args:
        blocks (sequence of Block): The arrays of tensors with two dimensions or more. They are
            changed.
        classes (dict): The size of each class.
        counted (collection): The roles that count in distances.
        parts (dict, optional): For classes whose units may merge within parts only, the number of
            units of each part. (default: none)
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        classes: Mapping[str, int],
        counted: Sequence[str] = ("in", "out"),
        parts: Mapping[str, int] | None = None,
    ) -> None:
        self.blocks, self.counted, self.parts = list(blocks), counted, dict(parts or {})
        self.units = {name: torch.arange(size) for name, size in classes.items()}
        self.counts = {name: [1] * size for name, size in classes.items()}
        self.reference = {name: float(self.distances(name)[1].max()) for name in classes}

    def distances(self, name: str) -> tuple[Tensor, Tensor]:
        r"""Squared distances :math:`(n, n)`, the first with infinity where none may merge."""
        num = len(self.units[name])
        gram = torch.zeros(num, num, dtype=torch.float64)
        for block in self.blocks:
            for axis in block.axes_of(name):
                if block.roles[axis] in self.counted:
                    gram.addmm_(block.rows(axis), block.rows(axis).T)
        norms = gram.diagonal()
        squares = (norms + norms[:, None] - 2 * gram).clamp(min=0.0)
        squares.fill_diagonal_(0.0)
        wrong = torch.eye(num, dtype=torch.bool)
        if name in self.parts:
            part = self.units[name].div(self.parts[name], rounding_mode="floor")
            wrong |= part != part[:, None]
        return squares.masked_fill(wrong, torch.inf), squares.masked_fill(wrong, 0.0)

    def run(self, beta: float) -> list[Merge]:
        r"""All merges at a threshold."""
        merges: list[Merge] = []
        before = -1
        while len(merges) > before:
            before = len(merges)
            for name in self.units:
                least, most = self.distances(name)
                if not len(least):
                    continue
                flat = int(least.argmin())
                first, second = sorted(divmod(flat, len(least)))
                low, high = float(least[first, second]), float(most.max())
                if low <= beta * high:
                    left, right = (int(self.units[name][i]) for i in (first, second))
                    cost = low / high if high > 0 else 0.0
                    merges.append(Merge(name, left, right, cost, beta))
                    self._merge(name, first, second)
        return merges

    def _merge(self, name: str, first: int, second: int) -> None:
        counts = self.counts[name]
        c, d = counts[first], counts.pop(second)
        counts[first] = c + d
        rest = torch.arange(len(self.units[name])) != second
        self.units[name] = self.units[name][rest]
        for block in self.blocks:
            for axis in block.axes_of(name):
                one, other = block.data.select(axis, first), block.data.select(axis, second)
                if block.roles[axis] == "in":
                    one += other
                else:
                    one.mul_(c / (c + d)).add_(other, alpha=d / (c + d))
                block.data = block.data.index_select(axis, rest.nonzero().view(-1))
