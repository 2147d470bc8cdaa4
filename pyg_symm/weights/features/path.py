r"""The order in which the units of all classes are merged, from the least change to the largest."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from .blocks import Block
from .gram import WardGram

REFRESH = 64  # Merges after which everything is computed anew from the arrays.


@dataclass(frozen=True)
class Merge:
    r"""One merge of two groups of units.

    Args:
        name (str): The class.
        first (int): The least original index of the group that stays.
        second (int): The least original index of the group that joins it.
        cost (float): The cost, relative to the largest distance of the class.
        height (float): The largest cost so far: the least ``beta`` at which this merge happens.
        bound (float): How far a pre-activation behind may change for inputs of norm 1 and an
            activation with Lipschitz constant 1; :obj:`nan` for the preset ``"paper"``.
    """

    name: str
    first: int
    second: int
    cost: float
    height: float
    bound: float = math.nan


@dataclass
class MergePath(Sequence[Merge]):
    r"""Merges in their order, and the groups of units at any threshold.

    Args:
        merges (list): The merges.
        classes (dict): The original size of each class.
        reference (dict): The largest distance of each class before any merge.
        levels (list): Sets of parts of classes that must keep equal widths, each a pair of the
            class and a range of units.
    """

    merges: list[Merge]
    classes: dict[str, int]
    reference: dict[str, float] = field(default_factory=dict)
    levels: list[list[tuple[str | None, range]]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.merges)

    def __getitem__(self, index):
        return self.merges[index]

    def groups(self, beta: float) -> dict[str, list[list[int]]]:
        r"""The original indices of each new unit, for the merges of at most this height.

        Where widths must stay equal, as those of heads, the last merges of the narrower ones are
        left out.
        """
        done: dict[str, list[Merge]] = {name: [] for name in self.classes}
        for merge in self.merges:
            if merge.height <= beta:
                done[merge.name].append(merge)
        for _ in range(len(self.levels) + 1):
            for level in self.levels:
                _level(done, level)
        return {name: _groups(done[name], size) for name, size in self.classes.items()}

    def widths(self, beta: float) -> dict[str, int]:
        r"""The sizes of all classes at a threshold."""
        return {name: len(groups) for name, groups in self.groups(beta).items()}


def _level(done: dict[str, list[Merge]], level: list[tuple[str | None, range]]) -> None:
    """Undoes the last merges of all parts but the widest."""
    mine = [[m for m in done.get(name or "", []) if m.first in units] for name, units in level]
    width = max(len(units) - len(m) for (_, units), m in zip(level, mine, strict=True))
    for (name, units), merges in zip(level, mine, strict=True):
        late = set(merges[max(len(units) - width, 0) :])
        if name is not None:
            done[name] = [m for m in done[name] if m not in late]


def _groups(merges: Sequence[Merge], size: int) -> list[list[int]]:
    groups = {i: [i] for i in range(size)}
    for merge in merges:
        groups[merge.first] += groups.pop(merge.second)
    return [sorted(groups[i]) for i in sorted(groups)]


class WardPath:
    r"""Merges pairs of groups by Ward's cost, the least over all classes first.

    With :math:`\Pi` the projection of every tensor to means over its groups, on all of its axes,
    each merge adds its cost, halved, to :math:`\sum_T \| T - \Pi T \|^2`. Arrays are kept
    compressed by an orthonormal basis of what :math:`\Pi` leaves, so that lengths stay those of
    the original tensors.

    Args:
        blocks (sequence of Block): The arrays. They are changed.
        classes (dict): The size of each class.
        counted (collection): The roles that count in distances.
        parts (dict, optional): For classes whose units may merge within parts only, the number of
            units of each part. (default: none)
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        classes: Mapping[str, int],
        counted: Collection[str] = ("in", "out"),
        parts: Mapping[str, int] | None = None,
    ) -> None:
        self.blocks, self.counted, self.parts = list(blocks), counted, dict(parts or {})
        self.units = {name: torch.arange(size) for name, size in classes.items()}
        self.places: dict[str, list[tuple[Block, int]]] = {
            name: [(block, axis) for block in self.blocks for axis in block.axes_of(name)]
            for name in classes
        }
        self.grams = {name: self.gram(name, torch.ones(size)) for name, size in classes.items()}
        self.reference = {name: gram.largest for name, gram in self.grams.items()}
        self.refreshed = 0

    def gram(self, name: str, counts: Tensor) -> WardGram:
        r"""The costs of a class, computed from the arrays."""
        part = self.parts.get(name)
        return WardGram(
            [block.rows(axis) for block, axis in self._counted(name)],
            counts,
            None if part is None else self.units[name].div(part, rounding_mode="floor"),
        )

    def _counted(self, name: str) -> Iterator[tuple[Block, int]]:
        return (p for p in self.places[name] if p[0].roles[p[1]] in self.counted)

    def _relative(self, name: str, cost: float) -> float:
        largest = self.reference[name]
        return cost / largest if largest > 0 else 0.0 if cost < math.inf else cost

    def run(self, limit: float, watch: Callable[["WardPath"], None] | None = None) -> list[Merge]:
        r"""All merges up to a relative cost.

        Args:
            limit (float): The path ends before the first merge that costs more.
            watch (callable, optional): Called after each merge. (default: :obj:`None`)
        """
        merges: list[Merge] = []
        height = 0.0
        while (name := self._next()) is not None:
            gram = self.grams[name]
            first, second = sorted((gram.row, int(gram.partners[gram.row])))
            cost, bound = self._exact(name, first, second)
            cost = self._relative(name, cost)
            if cost > limit:
                break
            height = max(height, cost)
            left, right = int(self.units[name][first]), int(self.units[name][second])
            merges.append(Merge(name, left, right, cost, height, bound))
            self._merge(name, first, second)
            if len(merges) % REFRESH == 0:
                self._refresh()
            if watch is not None:
                watch(self)
        return merges

    def _next(self) -> str | None:
        """The class with the least relative cost, which is then known exactly."""
        if not self.grams:
            return None
        while True:
            name = min(self.grams, key=lambda n: self._relative(n, self.grams[n].lower))
            gram = self.grams[name]
            if math.isinf(gram.lower):
                return None
            if gram.settled:
                return name
            gram.refresh()

    def _exact(self, name: str, first: int, second: int) -> tuple[float, float]:
        """The cost and the error bound of a merge, from differences instead of products."""
        c, d = (float(self.grams[name].counts[i]) for i in (first, second))
        square, incoming, readers = 0.0, 0.0, [0.0, 0.0]
        for block, axis in self.places[name]:
            one, other = (block.data.select(axis, i) for i in (first, second))
            gap = float((one / math.sqrt(c) - other / math.sqrt(d)).square().sum())
            if block.roles[axis] in self.counted:
                square += gap
            if block.roles[axis] == "in":
                incoming += gap
            else:
                readers[0] += float(one.square().sum())
                readers[1] += float(other.square().sum())
        gap = math.sqrt(incoming) / (c + d)
        bound = gap * (d * math.sqrt(c * readers[0]) + c * math.sqrt(d * readers[1]))
        return 2 * c * d / (c + d) * square, bound

    def _merge(self, name: str, first: int, second: int) -> None:
        gram = self.grams[name]
        c, d = gram.counts[first], gram.counts[second]
        a, b = (c / (c + d)).sqrt(), (d / (c + d)).sqrt()
        gram.merge(first, second)
        for block, axis in self.places[name]:
            one, other = block.data.select(axis, first), block.data.select(axis, second)
            kept, gone = a * one + b * other, b * one - a * other
            one.copy_(kept)
            other.copy_(gone)
        taken: dict[str, list[Tensor]] = {}
        for block, axis in self.places[name]:
            gone = block.data.select(axis, second)
            others = block.names[:axis] + block.names[axis + 1 :]
            roles = block.roles[:axis] + block.roles[axis + 1 :]
            for i, (other_name, role) in enumerate(zip(others, roles, strict=True)):
                if other_name is not None and role in self.counted:
                    rows = gone.movedim(i, 0).reshape(gone.size(i), -1).clone()
                    taken.setdefault(other_name, []).append(rows)
            gone.zero_()
        for other_name, rows_of in taken.items():
            self.grams[other_name].subtract(rows_of)

    def _refresh(self) -> None:
        """Drops merged units, and computes all costs anew."""
        alive = {name: gram.alive.nonzero().view(-1) for name, gram in self.grams.items()}
        for block in self.blocks:
            for axis, name in enumerate(block.names):
                if name is not None and len(alive[name]) < block.data.size(axis):
                    block.data = block.data.index_select(axis, alive[name])
        for name, index in alive.items():
            self.units[name] = self.units[name][index]
            self.grams[name] = self.gram(name, self.grams[name].counts[index])
