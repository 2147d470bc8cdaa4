"""Products at the points of a grid."""

import torch
from torch import Tensor

from pyg_symm.groups import SphereGrid

from ..operation import ProductOperation
from .base import ProductMethod, fields, multiply


class GridProduct(ProductMethod):
    r"""Evaluates both factors on a grid, multiplies point by point, and integrates.

    .. math::
        \mathbf{z} = \mathbf{Q} \, ((\mathbf{E}_1 \mathbf{x}) \odot (\mathbf{E}_2 \mathbf{y}))

    The grid of :math:`O(L^2)` points integrates exactly, so that these dense matrices give the
    same result as the coefficients, by :math:`O(L^4)` operations.
    """

    def __init__(self, operation: ProductOperation) -> None:
        super().__init__(operation)
        grid = SphereGrid(operation.degree)
        for name, lmax in (("evaluate1", operation.lmax1), ("evaluate2", operation.lmax2)):
            parts = [part.flatten(0, 1).T for part in fields(operation.parity, grid, lmax)]
            self.register_constant(name, torch.cat(parts, dim=1).contiguous())
        self.num_fields = len(parts)
        harmonics = grid.harmonics(operation.lmax_out).flatten(0, 1)
        weights = grid.weights.repeat_interleave(grid.azimuths.numel()).unsqueeze(1)
        for part in operation.parts:
            self.register_constant(f"project_{part}", weights * harmonics * operation.scales(part))

    def forward(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """"""  # noqa: D419
        f = (x @ self.constant("evaluate1", x)).chunk(self.num_fields, dim=1)
        g = (y @ self.constant("evaluate2", y)).chunk(self.num_fields, dim=1)
        products = multiply(self.operation.parity, f, g)
        return [
            values @ self.constant(f"project_{part}", values)
            for part, values in zip(self.operation.parts, products, strict=True)
        ]
