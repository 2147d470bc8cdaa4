"""Groups of matrices of positive determinant."""

from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

from .symmetric_matrices import determinant, matrix_product

# How far a determinant or a product may be from what it should be.
_TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-5}


class MatrixGroup:
    r"""A group of real :math:`n \times n` matrices of positive determinant.

    Two objects are equal if they are of one class and size.

    Args:
        n (int): The size of the matrices, two or more.

    Attributes:
        n (int): The size of the matrices.
        has_det (bool): Whether determinants other than one occur.

    Raises:
        ValueError: If :obj:`n` is less than two.
    """

    has_det = True

    def __init__(self, n: int) -> None:
        check_sizes(2, n=n)
        self.n = n

    def check(self, matrices: Tensor, name: str = "A") -> None:
        r"""Refuses matrices that are not in the group.

        Half precision is refused, too: charts need at least float32. So are matrices of a
        condition number above :math:`\epsilon^{-1/2}`, with the round-off :math:`\epsilon` of their
        type (about 2,900 and :math:`6.7 \cdot 10^7`).

        Args:
            matrices (torch.Tensor): :math:`(*, n, n)`
            name (str, optional): What the error calls them. (default: :obj:`"A"`)

        Raises:
            ValueError: If the shape or the type is wrong, or a matrix is not finite, has a
                determinant of zero or less, is ill-conditioned, or is not in the group.
        """
        self._check_form(matrices, name)
        matrices = matrices.detach()
        if not bool(matrices.isfinite().all()):
            raise ValueError(
                f"'{name}' must be finite (got {_first(matrices, ~matrices.isfinite())})"
            )
        det = determinant(matrices)
        if bool((low := det <= 0).any()):
            raise ValueError(f"'{name}' must have a determinant above 0 (got {_first(det, low)})")
        values = torch.linalg.svdvals(matrices)
        condition = values[..., 0] / values[..., -1]
        limit = torch.finfo(matrices.dtype).eps ** -0.5
        if bool((high := ~(condition < limit)).any()):
            got = _first(condition, high)
            raise ValueError(f"'{name}' must have a condition number below {limit:.3g} (got {got})")
        self._check_member(matrices, det, _TOLERANCE[matrices.dtype], name)

    def compose(self, a: Tensor, b: Tensor) -> Tensor:
        r"""The product :math:`\mathbf{A} \mathbf{B}` of matrices :math:`(*, n, n)`."""
        return matrix_product(a, b)

    def inverse(self, matrices: Tensor) -> Tensor:
        r"""The inverses of matrices :math:`(*, n, n)`, in closed form for :math:`n = 2`."""
        if self.n != 2:
            return torch.linalg.inv(matrices)
        (a, b), (c, d) = (row.unbind(-1) for row in matrices.unbind(-2))
        adjugate = torch.stack([d, -b, -c, a], dim=-1).unflatten(-1, (2, 2))
        return adjugate / (a * d - b * c)[..., None, None] if self.has_det else adjugate

    def act(self, matrices: Tensor, points: Tensor) -> Tensor:
        r"""The transformed points :math:`\mathbf{A} \mathbf{x}`.

        Args:
            matrices (torch.Tensor): :math:`(*, n, n)`
            points (torch.Tensor): :math:`(*, n)`, of leading sizes that broadcast.

        Returns:
            torch.Tensor: :math:`(*, n)`
        """
        return (matrices * points.unsqueeze(-2)).sum(-1)

    def log_abs_det(self, matrices: Tensor) -> Tensor:
        r"""The logarithms of the determinants of matrices :math:`(*, n, n)`: zeros if
        :attr:`has_det` is :obj:`False`.
        """
        if not self.has_det:
            return matrices.new_zeros(matrices.shape[:-2])
        return determinant(matrices).log()

    def _check_form(self, matrices: Any, name: str) -> None:
        if not isinstance(matrices, Tensor) or matrices.dtype not in _TOLERANCE:
            got = matrices.dtype if isinstance(matrices, Tensor) else type(matrices).__name__
            raise ValueError(f"'{name}' must be a tensor of type float32 or float64 (got {got})")
        if matrices.dim() < 2 or matrices.shape[-2:] != (self.n, self.n):
            shape = list(matrices.shape)
            raise ValueError(f"'{name}' must be of shape [..., {self.n}, {self.n}] (got {shape})")

    def _check_member(self, matrices: Tensor, det: Tensor, tolerance: float, name: str) -> None:
        """Refuses matrices of positive determinant that are not in the group."""
        if not self.has_det and bool((wrong := (det - 1).abs() > tolerance).any()):
            raise ValueError(f"'{name}' must have the determinant 1 (got {_first(det, wrong)})")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.n == getattr(other, "n", None)

    def __ne__(self, other: object) -> bool:
        return not self == other  # As by default, which compiled code of dynamic sizes cannot call.

    def __hash__(self) -> int:
        return hash((type(self), self.n))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.n})"


def _first(values: Tensor, wrong: Tensor) -> str:
    """The first of some values that are wrong."""
    return f"{values[wrong][0].item():.6g}"
