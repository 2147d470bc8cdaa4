"""Products at the points of half a grid."""

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.groups import SphereGrid

from ..operation import ProductOperation
from .base import ProductMethod, fields, multiply, multiply_add


class HalvedGridProduct(ProductMethod):
    r"""As :class:`GridProduct`, on one of each two opposite points.

    A function is the sum of its even and its odd degrees, :math:`f = f_+ + f_-`, and
    :math:`f_\pm(-\boldsymbol{\omega}) = \pm f_\pm(\boldsymbol{\omega})`. Both parts are evaluated
    on half of the grid. The products :math:`f_+ g_+ + f_- g_-` and :math:`f_+ g_- + f_- g_+` have
    only even or only odd degrees, the other way round for brackets. All matrices together are half
    as large.
    """

    def __init__(self, operation: ProductOperation) -> None:
        super().__init__(operation)
        grid = SphereGrid(operation.degree)
        half = grid.azimuths.numel() // 2
        for number, lmax in ((1, operation.lmax1), (2, operation.lmax2)):
            parts = [part[:, :half].flatten(0, 1) for part in fields(operation.parity, grid, lmax)]
            for degrees in (0, 1):
                matrix = torch.cat([_alternate(part, degrees) for part in parts])
                self.register_constant(f"evaluate{number}_{degrees}", matrix.T.contiguous())
        self.num_fields = len(parts)
        # Each point counts for its opposite, too.
        project = 2 * grid.weights.view(-1, 1, 1) * grid.harmonics(operation.lmax_out)[:, :half]
        for part in operation.parts:
            scaled = project.flatten(0, 1) * operation.scales(part)
            for degrees in (0, 1):
                matrix = _filled_up(_alternate(scaled, degrees))
                self.register_constant(f"project_{part}_{degrees}", matrix)

    def forward(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """"""  # noqa: D419
        parity = self.operation.parity
        f0, f1 = self._evaluate(x, 1)
        g0, g1 = self._evaluate(y, 2)
        same = multiply_add(parity, multiply(parity, f0, g0), f1, g1)
        mixed = multiply_add(parity, multiply(parity, f0, g1), f1, g0)
        return [
            self._project(part, *((a, b) if part == "even" else (b, a)))
            for part, a, b in zip(self.operation.parts, same, mixed, strict=True)
        ]

    def _evaluate(self, x: Tensor, number: int) -> list[tuple[Tensor, ...]]:
        lmax = self.operation.lmax1 if number == 1 else self.operation.lmax2
        degrees = x.split(_sizes(lmax), dim=1)
        out = []
        for first in (0, 1):
            matrix = self.constant(f"evaluate{number}_{first}", x)
            mine = torch.cat([x[:, :0], *degrees[first::2]], dim=1)
            out.append((mine @ matrix).chunk(self.num_fields, dim=1))
        return out

    def _project(self, part: str, even: Tensor, odd: Tensor) -> Tensor:
        sizes = _sizes(self.operation.lmax_out)
        out = [even] * len(sizes)
        for first, values in ((0, even), (1, odd)):
            mine = values @ self.constant(f"project_{part}_{first}", values)
            mine = mine[:, : sum(sizes[first::2])]
            out[first::2] = mine.split(sizes[first::2], dim=1) if sizes[first::2] else ()
        return torch.cat(out, dim=1)


def _filled_up(matrix: Tensor) -> Tensor:
    """With columns of zeros up to a multiple of 16, which takes less time, if few are missing."""
    missing = -matrix.size(1) % 16
    return F.pad(matrix, (0, missing if missing <= 4 else 0))


def _sizes(lmax: int) -> list[int]:
    return [2 * degree + 1 for degree in range(lmax + 1)]


def _alternate(matrix: Tensor, first: int) -> Tensor:
    """Every second degree of the columns."""
    lmax = round(matrix.size(1) ** 0.5) - 1
    degrees = matrix.split(_sizes(lmax), dim=1)[first::2]
    return torch.cat([matrix[:, :0], *degrees], dim=1)
