"""Products by their coefficients."""

import torch
from torch import Tensor

from ..operation import ProductOperation
from .base import ProductMethod


class DirectProduct(ProductMethod):
    r"""Multiplies all pairs of components, and the result by the matrix of coefficients.

    The plain form of the operation, of :math:`O(L^6)` operations; for low degrees also a fast one.
    """

    def __init__(self, operation: ProductOperation) -> None:
        super().__init__(operation)
        parts = [operation.coefficients(part).flatten(0, 1) for part in operation.parts]
        self.register_constant("matrix", torch.cat(parts, dim=1))

    def forward(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """"""  # noqa: D419
        pairs = (x.unsqueeze(2) * y.unsqueeze(1)).flatten(1)
        out = pairs @ self.constant("matrix", pairs)
        return list(out.chunk(len(self.operation.parts), dim=1))
