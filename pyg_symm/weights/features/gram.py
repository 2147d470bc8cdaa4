r"""Costs of merging two units of a class, kept up to date while units are merged."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

BUFFER = 256  # Columns that may wait before they are subtracted from the matrix.
ROWS = 16  # Rows that are brought up to date together.


class WardGram:
    r"""Ward's costs of all pairs of groups of a class.

    A group of :math:`c_i` units is a row :math:`s_i = \sqrt{c_i} \mu_i`, where :math:`\mu_i` is the
    mean of its units. The cost of merging two groups is

    .. math::
        \frac{2 c_i c_j}{c_i + c_j} \| \mu_i - \mu_j \|^2
        = \frac{2}{c_i + c_j} \left( c_j G_{ii} + c_i G_{jj} - 2 \sqrt{c_i c_j} G_{ij} \right),
        \quad G = S S^\top,

    the squared distance for single units. Merging rotates two rows of :math:`S`, which rotates two
    rows and columns of :math:`G`. Merging two units of a class beside, whose units are columns of
    :math:`S`, takes a part :math:`r` out of every row: :math:`G \leftarrow G - r r^\top`. A cost
    then falls by at most :math:`2 (\| r_i \|^2 + \| r_j \|^2)`.

    So the matrix is not recomputed. The :math:`r` wait in a buffer, and every row has a lower bound
    of its least cost. Only rows with the least bounds are brought up to date.

    Args:
        rows (sequence of torch.Tensor): Arrays :math:`(n, *)` in double precision, whose rows
            belong to the units of the class.
        counts (torch.Tensor): The sizes of the groups :math:`(n)`.
        blocks (torch.Tensor, optional): A number for each group :math:`(n)`. Only groups with the
            same number may merge. (default: all)
    """

    def __init__(
        self, rows: Sequence[Tensor], counts: Tensor, blocks: Tensor | None = None
    ) -> None:
        num = len(counts)
        self.matrix = torch.zeros(num, num, dtype=torch.float64)
        for part in rows:
            self.matrix.addmm_(part, part.T)
        self.diagonal = self.matrix.diagonal().clone()
        self.counts = counts.to(torch.float64)
        self.blocks = blocks
        self.alive = torch.ones(num, dtype=torch.bool)
        self.buffer = torch.zeros(num, BUFFER, dtype=torch.float64)
        self.waiting = 0
        self.bounds = torch.full((num,), math.inf, dtype=torch.float64)
        self.partners = torch.zeros(num, dtype=torch.long)
        self.current = torch.zeros(num, dtype=torch.bool)
        self.largest = 0.0
        for part in torch.arange(num).split(256):
            costs = self.costs(part)
            self.bounds[part], self.partners[part] = costs.min(dim=1)
            finite = costs.masked_fill(costs.isinf(), 0.0)
            self.largest = max(self.largest, float(finite.max()) if num else 0.0)
        self.current[:] = True
        self._find()

    def costs(self, index: Tensor) -> Tensor:
        r"""Costs of some rows with all others :math:`(m, n)`, infinite where none may merge."""
        gram = self.matrix[index]
        if self.waiting:
            part = self.buffer[:, : self.waiting]
            gram = gram - part[index] @ part.T
        c, own = self.counts, self.counts[index, None]
        costs = c * self.diagonal[index, None] + own * self.diagonal - 2 * (c * own).sqrt() * gram
        costs = (costs * (2 / (c + own))).clamp_(min=0.0)
        wrong = ~self.alive | (torch.arange(len(c)) == index[:, None])
        if self.blocks is not None:
            wrong = wrong | (self.blocks != self.blocks[index, None])
        return costs.masked_fill_(wrong, math.inf)

    def _find(self) -> None:
        lower, row = self.bounds.min(dim=0)
        self.lower, self.row = float(lower), int(row)

    @property
    def settled(self) -> bool:
        r"""Whether ``lower`` is the least cost, of ``row`` and its partner, and not a bound."""
        return math.isinf(self.lower) or bool(self.current[self.row])

    def refresh(self) -> None:
        r"""Computes the rows with the least bounds."""
        rows = self.bounds.topk(min(ROWS, len(self.bounds)), largest=False).indices
        rows[-1] = self.row  # Many may have the same bound.
        rows = rows[self.alive[rows] & ~self.current[rows]]
        self.bounds[rows], self.partners[rows] = self.costs(rows).min(dim=1)
        self.current[rows] = True
        self._find()

    def subtract(self, parts: Sequence[Tensor]) -> None:
        r"""Takes a part :math:`(n, k)` out of the rows, as units beside are merged."""
        for part in parts:
            if self.waiting + part.size(1) > BUFFER:
                waiting = self.buffer[:, : self.waiting]
                self.matrix.addmm_(waiting, waiting.T, alpha=-1)
                self.waiting = 0
            if part.size(1) > BUFFER:
                self.matrix.addmm_(part, part.T, alpha=-1)
            else:
                self.buffer[:, self.waiting : self.waiting + part.size(1)] = part
                self.waiting += part.size(1)
            squares = part.square().sum(dim=1)
            self.diagonal -= squares
            self.bounds -= 2 * (squares + squares.max())
        if parts:
            self.current[:] = False
            self._find()

    def merge(self, first: int, second: int) -> None:
        r"""Puts the second group into the first one. The parts beside are to be taken out after."""
        c, d = self.counts[first], self.counts[second]
        a, b = (c / (c + d)).sqrt(), (d / (c + d)).sqrt()
        cross = self.matrix[first, second].clone()
        cross -= self.buffer[first, : self.waiting] @ self.buffer[second, : self.waiting]
        norm = (
            a.square() * self.diagonal[first]
            + b.square() * self.diagonal[second]
            + 2 * a * b * cross
        )
        for array in (self.matrix, self.matrix.T, self.buffer):
            array[first] = a * array[first] + b * array[second]
            array[second] = 0
        self.diagonal[first], self.diagonal[second] = norm, 0
        self.counts[first] = c + d
        self.alive[second] = False
        self.current &= (self.partners != first) & (self.partners != second)
        new = self.costs(torch.tensor([first]))[0]
        closer = new < self.bounds
        self.bounds[closer] = new[closer]
        self.partners[closer] = first
        self.current |= closer
        self.bounds[first], self.partners[first] = new.min(dim=0)
        self.current[first] = True
        self.bounds[second] = math.inf
        self._find()
