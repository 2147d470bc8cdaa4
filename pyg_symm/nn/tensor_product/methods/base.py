"""The common interface of all ways to compute a product."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symm.groups import SphereGrid

from ..constants import Constants
from ..operation import ProductOperation


class ProductMethod(Constants):
    r"""One way to compute an operation.

    Args:
        operation (ProductOperation): What is computed.

    Shapes:
        - **input:** coefficients of the factors :math:`(R, (l_1 + 1)^2)` and
          :math:`(R, (l_2 + 1)^2)`
        - **output:** coefficients of each part of the operation, a list of
          :math:`(R, (l_3 + 1)^2)`
    """

    def __init__(self, operation: ProductOperation) -> None:
        super().__init__()
        self.operation = operation

    def forward(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """"""  # noqa: D419
        raise NotImplementedError

    def extra_repr(self) -> str:
        op = self.operation
        return f"{op.lmax1}, {op.lmax2}, {op.lmax_out}, parity={op.parity!r}"


def multiply(parity: str, f: Sequence[Tensor], g: Sequence[Tensor]) -> list[Tensor]:
    r"""The parts of an operation at points, from the :func:`fields` of the factors there.

    .. math::
        f g, \qquad \{f, g\} = \frac{\partial_\beta f \, \partial_\alpha g
        - \partial_\alpha f \, \partial_\beta g}{\sin\beta}
    """
    parts = []
    if parity != "odd":
        parts.append(f[0] * g[0])
    if parity != "even":
        parts.append(torch.addcmul(f[-2] * g[-1], f[-1], g[-2], value=-1))
    return parts


def multiply_add(
    parity: str, parts: list[Tensor], f: Sequence[Tensor], g: Sequence[Tensor]
) -> list[Tensor]:
    r"""Adds :func:`multiply` to parts that are there."""
    out = list(parts)
    if parity != "odd":
        out[0] = torch.addcmul(out[0], f[0], g[0])
    if parity != "even":
        out[-1] = torch.addcmul(out[-1], f[-2], g[-1])
        out[-1] = torch.addcmul(out[-1], f[-1], g[-2], value=-1)
    return out


def fields(parity: str, grid: SphereGrid, lmax: int) -> list[Tensor]:
    r"""The values or derivatives of a function that an operation needs at each point of a grid.

    Returns:
        list: For the pointwise product the value; for the bracket the derivatives
        :math:`\partial_\beta` and :math:`\partial_\alpha / \sin\beta`; each a matrix from
        coefficients :math:`(B, A, (l + 1)^2)`.
    """
    values = [grid.harmonics(lmax)] if parity != "odd" else []
    return values if parity == "even" else [*values, *grid.gradients(lmax)]
