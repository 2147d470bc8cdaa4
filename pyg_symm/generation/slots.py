"""The current graphs of a sampling run, its report, and which graphs to denoise together."""

import operator
from dataclasses import astuple, dataclass, replace

from torch import Tensor

from pyg_symm.nn.models import Prefix


@dataclass
class SampleReport:
    """What a run of sampling did.

    Attributes:
        graphs: Graphs finished.
        blocks: Blocks finished; given ones count once.
        calls: Calls of the denoiser, each for a group of graphs.
        steps: Steps of diffusion of single blocks.
        redraws: Blocks drawn again since they broke a constraint.
        unmet: Blocks taken although they break one, after the last redraw.
        capped: Graphs that ended because they reached the maximum number of blocks.
        rejected: Graphs drawn again as a whole, since they were in several pieces.
    """

    graphs: int = 0
    blocks: int = 0
    calls: int = 0
    steps: int = 0
    redraws: int = 0
    unmet: int = 0
    capped: int = 0
    rejected: int = 0

    def __add__(self, other: "SampleReport") -> "SampleReport":
        return SampleReport(*map(operator.add, astuple(self), astuple(other)))


@dataclass
class Slots:
    """Graphs that are being generated, one a row; rows of none have the number -1."""

    number: Tensor  # Of the graph, which its random numbers depend on.
    node: Tensor
    edge: Tensor
    size: Tensor
    degree: Tensor
    attempt: Tensor
    state: Tensor  # The sum of pooled nodes that the next size is read from.
    denoiser: Prefix
    predictor: Prefix | None

    @property
    def count(self) -> Tensor:
        """Nodes finished."""
        return self.denoiser.count

    @property
    def block(self) -> Tensor:
        """Blocks finished: the number of the present one."""
        return self.denoiser.num_blocks

    def select(self, rows: Tensor, size: int | None = None) -> "Slots":
        """Some of the rows, copied; of the first nodes only, when none has more."""
        whole = self if size is None else self._cut(size)
        predictor = whole.predictor
        return Slots(
            number=whole.number[rows],
            node=whole.node[rows],
            edge=whole.edge[rows],
            size=whole.size[rows],
            degree=whole.degree[rows],
            attempt=whole.attempt[rows],
            state=whole.state[rows],
            denoiser=whole.denoiser.select(rows),
            predictor=None if predictor is None else predictor.select(rows),
        )

    def write(self, rows: Tensor, graph: "Slots") -> None:
        """Puts what is finished of a graph, the only one of other slots, into some rows."""
        self.node[rows], self.edge[rows], self.state[rows] = graph.node, graph.edge, graph.state
        self.denoiser.write(rows, graph.denoiser)
        if self.predictor is not None and graph.predictor is not None:
            self.predictor.write(rows, graph.predictor)

    def _cut(self, size: int) -> "Slots":
        predictor = self.predictor
        return replace(
            self,
            node=self.node[:, :size],
            edge=self.edge[:, :size, :size],
            denoiser=self.denoiser.cut(size),
            predictor=None if predictor is None else predictor.cut(size),
        )


def cheapest_groups(sizes: list[int], counts: list[int], call: float) -> list[int]:
    r"""Splits blocks by size into groups that are cheapest to pad to their largest.

    A group of :math:`r` blocks of up to :math:`b` nodes behind up to :math:`n` costs
    :math:`r\,b\,(2n + b)` pairs, and a call.

    Args:
        sizes (list): The size of each block.
        counts (list): How many nodes are before it.
        call (float): What a call costs, in pairs.

    Returns:
        list: The largest size of each group, ascending.

    Examples:
        >>> cheapest_groups([1, 1, 2, 9], [5, 5, 5, 5], call=1.0)
        [1, 2, 9]
        >>> cheapest_groups([1, 1, 2, 9], [5, 5, 5, 5], call=100.0)
        [2, 9]
        >>> cheapest_groups([1, 1, 2, 9], [5, 5, 5, 5], call=1e9)
        [9]
    """
    known: dict[int, tuple[int, int]] = {}  # Blocks of each size, and nodes before.
    for size, count in zip(sizes, counts, strict=True):
        blocks, most = known.get(size, (0, 0))
        known[size] = blocks + 1, max(most, count)
    kinds = sorted(known)
    # The cheapest way to group the smallest kinds, for each number of kinds.
    best: list[tuple[float, list[int]]] = [(0.0, [])]
    for end, width in enumerate(kinds, start=1):
        options = []
        for begin in range(end):
            inside = [known[size] for size in kinds[begin:end]]
            blocks, most = sum(part[0] for part in inside), max(part[1] for part in inside)
            cost = call + blocks * width * (2 * most + width)
            options.append((best[begin][0] + cost, [*best[begin][1], width]))
        best.append(min(options))
    return best[-1][1]
