r"""The rotations, the matrices of positive determinant and those of determinant one."""

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

from .lie_group import LieGroup, check_rotation
from .symmetric_matrices import symmetric_basis, symmetric_part


class GLPlus(LieGroup):
    r"""The group :math:`GL^+(n, \mathbb{R})` of matrices of positive determinant.

    Its chart, coordinates, Haar measure and samples are those of
    :class:`~pyg_symm.groups.LieGroup`.

    Args:
        n (int): The size of the matrices, two or more.

    Raises:
        ValueError: If the size is less than two.

    Examples:
        >>> group = GLPlus(2)
        >>> group.dim, group.coordinates_dim
        (4, 5)
        >>> group.coordinates(torch.tensor([[-2.0, 0.0], [0.0, -2.0]]))
        tensor([-2.0000,  0.0000,  0.0000,  0.0000,  0.9803])
    """

    def __init__(self, n: int) -> None:
        check_sizes(2, n=n)
        super().__init__(n, symmetric_basis(n))


class SL(LieGroup):
    r"""The group :math:`SL(n, \mathbb{R})` of matrices of determinant one.

    Its symmetric matrices :math:`\mathbf{Y}` have trace zero.

    Args:
        n (int): The size of the matrices, two or more.

    Raises:
        ValueError: If the size is less than two.

    Examples:
        >>> group = SL(2)
        >>> group.dim, group.coordinates_dim
        (3, 4)
        >>> y, r = group.to_chart(torch.tensor([[-2.0, 0.0], [0.0, -0.5]]))  # It has no logarithm.
        >>> y.diagonal(), r.diagonal()
        (tensor([ 0.6931, -0.6931]), tensor([-1., -1.]))
    """

    has_det = False

    def __init__(self, n: int) -> None:
        check_sizes(2, n=n)
        super().__init__(n, symmetric_basis(n, traceless=True))

    def _project(self, matrices: Tensor) -> Tensor:
        matrices = symmetric_part(matrices)
        mean = matrices.diagonal(dim1=-2, dim2=-1).mean(-1)[..., None, None]
        return matrices - mean * torch.eye(self.n, dtype=mean.dtype, device=mean.device)


class SO(LieGroup):
    r"""The group :math:`SO(n)` of rotations.

    Its symmetric matrices :math:`\mathbf{Y}` are zero, and its Haar measure is finite.

    Args:
        n (int): The dimension of space, two or more.

    Raises:
        ValueError: If the size is less than two.

    Examples:
        >>> group = SO(3)
        >>> group.dim, group.coordinates_dim
        (3, 9)
        >>> SO(2).coordinates(torch.tensor([[0.6, -0.8], [0.8, 0.6]]))
        tensor([-0.4000,  0.8000])
    """

    has_det = False

    def __init__(self, n: int) -> None:
        check_sizes(2, n=n)
        super().__init__(n, symmetric_basis(n)[:0])

    def inverse(self, matrices: Tensor) -> Tensor:
        r"""The transposed matrices :math:`(*, n, n)`."""
        return matrices.mT

    def _to_chart(self, matrices: Tensor) -> tuple[Tensor, Tensor]:
        return torch.zeros_like(matrices), matrices

    def _project(self, matrices: Tensor) -> Tensor:
        return torch.zeros_like(matrices)

    def _check_member(self, matrices: Tensor, det: Tensor, tolerance: float, name: str) -> None:
        check_rotation(matrices, tolerance, name)
