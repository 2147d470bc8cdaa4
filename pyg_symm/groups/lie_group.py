r"""A global chart of groups that are neither compact nor covered by the matrix exponential."""

from typing import Literal

import torch
from torch import Tensor

from .group_samples import GroupSamples
from .haar_density import haar_log_density
from .matrix_group import MatrixGroup
from .quasi_random import arc_rotations, normal_points, stratified_rotations
from .rotations import random_rotations
from .sampling_options import check_angle, check_sampling
from .symmetric_matrices import (
    matrix_product,
    polar_decomposition,
    symmetric_exp,
    symmetric_part,
)

RADIUS = 3.0  # Of the ball from which weighted samples come, in standard deviations.


class LieGroup(MatrixGroup):
    r"""A group with a chart: every element is uniquely

    .. math::
        \mathbf{A} = \exp(\mathbf{Y}) \, \mathbf{R}

    for a symmetric matrix :math:`\mathbf{Y}` and a rotation :math:`\mathbf{R}`.

    From the `"Lie Group Decompositions for Equivariant Neural Networks"
    <https://arxiv.org/abs/2310.11366>`_ paper.

    Args:
        n (int): The size of the matrices, two or more.

    Attributes:
        dim (int): The dimension of the group.
        symmetric_dim (int): How many coordinates :math:`\mathbf{Y}` has.
        coordinates_dim (int): How many :meth:`coordinates` an element has.
    """

    def __init__(self, n: int, basis: Tensor) -> None:
        super().__init__(n)
        self._basis = basis  # [symmetric_dim, n, n]
        self.symmetric_dim = basis.size(0)
        self.dim = n * (n - 1) // 2 + self.symmetric_dim
        self.coordinates_dim = (2 if n == 2 else n * n) + self.symmetric_dim

    def to_chart(self, A: Tensor) -> tuple[Tensor, Tensor]:  # noqa: N803
        r"""The two factors of elements.

        Args:
            A (torch.Tensor): Elements :math:`(*, n, n)`.

        Returns:
            (torch.Tensor, torch.Tensor): The symmetric matrices :math:`\mathbf{Y} = \tfrac12
            \log(\mathbf{A} \mathbf{A}^{\top})` and the rotations :math:`\mathbf{R}`, of the same
            shape.

        Raises:
            ValueError: If a matrix is not in the group, see :meth:`check`.
        """
        self.check(A)
        return self._to_chart(A)

    def from_chart(self, Y: Tensor, R: Tensor) -> Tensor:  # noqa: N803
        r"""The elements :math:`\exp(\mathbf{Y}) \, \mathbf{R}`.

        Args:
            Y (torch.Tensor): Matrices :math:`(*, n, n)`, which are first projected onto the
                symmetric ones, and onto those without trace where the group asks for it.
            R (torch.Tensor): Rotations :math:`(*, n, n)`.

        Raises:
            ValueError: If shapes or types are wrong, or :obj:`R` is no rotation.
        """
        self._check_form(Y, "Y")
        self._check_form(R, "R")
        if R.dtype != Y.dtype:
            raise ValueError(f"'R' must be of the type of 'Y', {Y.dtype} (got {R.dtype})")
        check_rotation(R.detach(), 1e-5 if R.dtype == torch.double else 1e-3, "R")
        return matrix_product(symmetric_exp(self._project(Y)), R)

    def coordinates(self, A: Tensor) -> Tensor:  # noqa: N803
        r"""Coordinates without a branch cut: those of the rotation, then those of
        :math:`\mathbf{Y}`.

        A rotation of the plane has :math:`(\cos\theta - 1, \sin\theta)`, one of higher dimensions
        the entries of :math:`\mathbf{R} - \mathbf{I}`. A symmetric matrix has its coefficients in
        the orthonormal :func:`~pyg_symm.groups.symmetric_basis`. The identity is at zero.

        Args:
            A (torch.Tensor): Elements :math:`(*, n, n)`.

        Returns:
            torch.Tensor: :math:`(*, \mathrm{coordinates\_dim})`

        Raises:
            ValueError: If a matrix is not in the group, see :meth:`check`.
        """
        self.check(A)
        return self._coordinates(A)

    def relative_coordinates(self, inverses_out: Tensor, elements_in: Tensor) -> Tensor:
        r"""The coordinates of :math:`\mathbf{A}^{-1} \mathbf{B}` for all pairs.

        Nothing is checked, so that no value has to be read from the device.

        Args:
            inverses_out (torch.Tensor): The inverses :math:`\mathbf{A}^{-1}`
                :math:`(N_{\mathrm{out}}, n, n)`.
            elements_in (torch.Tensor): The elements :math:`\mathbf{B}`
                :math:`(N_{\mathrm{in}}, n, n)`.

        Returns:
            torch.Tensor:
            :math:`(N_{\mathrm{out}}, N_{\mathrm{in}}, \mathrm{coordinates\_dim})`
        """
        return self._coordinates(matrix_product(inverses_out.unsqueeze(1), elements_in))

    def haar_log_density(self, Y: Tensor) -> Tensor:  # noqa: N803
        r"""The logarithm of the density of the Haar measure in the chart

        .. math::
            \prod_{i < j} \frac{\sinh(\lambda_i - \lambda_j)}{\lambda_i - \lambda_j}

        with the eigenvalues :math:`\lambda_i` of :math:`\mathbf{Y}`, relative to the Lebesgue
        measure on symmetric matrices and the normalised Haar measure on rotations. It is zero at
        the identity.

        Args:
            Y (torch.Tensor): Symmetric matrices :math:`(*, n, n)`.

        Returns:
            torch.Tensor: :math:`(*)`
        """
        self._check_form(Y, "Y")
        return haar_log_density(Y)

    def sample(
        self,
        num: int,
        generator: torch.Generator | None = None,
        std: float = 0.3,
        weights: Literal["haar", "lognormal"] = "haar",
        rotations: Literal["stratified", "haar"] = "stratified",
        *,
        max_angle: float | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> GroupSamples:
        r"""Elements with log-normal symmetric parts and evenly spread rotations.

        The coordinates of :math:`\log(\mathbf{A} \mathbf{A}^{\top}) = 2 \mathbf{Y}` follow a
        quasi-random normal distribution. With Haar weights, they are restricted to a ball of three
        standard deviations, and the density of the Haar measure over that of the samples is their
        weight: a weighted sum is an integral over the ball, up to a factor.

        Args:
            num (int): The number of elements :math:`N_H`.
            generator (torch.Generator, optional): Draws one offset of the rotations and one of the
                symmetric parts. (default: none, always the same samples)
            std (float, optional): The standard deviation of the coordinates of :math:`2
                \mathbf{Y}`. (default: :obj:`0.3`)
            weights (str, optional): ``"haar"``, or ``"lognormal"`` for equal weights without a
                ball. (default: ``"haar"``)
            rotations (str, optional): ``"stratified"``, see
                :func:`~pyg_symm.groups.stratified_rotations`, or ``"haar"`` for independent ones.
                (default: ``"stratified"``)
            max_angle (float, optional): Stratified rotations of the plane come from the arc of this
                many radians on both sides of the identity only. (default: all rotations)
            dtype (torch.dtype, optional): Their type. (default: the default type)
            device (torch.device, optional): Where they go. (default: the device of the generator)

        Raises:
            ValueError: If there are no samples, or an option is unknown.

        Examples:
            >>> from pyg_symm.groups import SL
            >>> samples = SL(2).sample(6, generator=torch.Generator().manual_seed(0))
            >>> samples.elements.shape, samples.weights.shape
            (torch.Size([6, 2, 2]), torch.Size([6]))
        """
        check_sampling(num, std, weights, rotations)
        check_angle(max_angle, self.n, rotations)
        source = torch.device("cpu") if generator is None else generator.device
        with torch.device("cpu"):
            if max_angle is None:
                turns = self._sample_rotations(num, generator, rotations)
            else:
                turns = arc_rotations(num, max_angle, generator)
            normal = torch.zeros(num, 0, dtype=torch.double)
            if self.symmetric_dim > 0:
                radius = RADIUS if weights == "haar" else float("inf")
                normal = normal_points(num, self.symmetric_dim, radius, generator)
            y = torch.einsum("nd,dij->nij", normal * (std / 2), self._basis)
            log_weights = torch.zeros(num, dtype=torch.double)
            if weights == "haar":
                log_weights = haar_log_density(y) + normal.square().sum(1) / 2
            samples = GroupSamples(
                matrix_product(symmetric_exp(y), turns),
                matrix_product(turns.mT, symmetric_exp(-y)),
                log_weights - log_weights.logsumexp(0),
                self,
            )
        return samples.to(dtype=dtype or torch.get_default_dtype(), device=device or source)

    def as_samples(self, elements: Tensor, log_weights: Tensor | None = None) -> GroupSamples:
        r"""Given elements as samples.

        Args:
            elements (torch.Tensor): :math:`(N_H, n, n)`
            log_weights (torch.Tensor, optional): The logarithms of weights, up to a constant
                :math:`(N_H)`. (default: equal ones)

        Raises:
            ValueError: If a matrix is not in the group.
        """
        self.check(elements, "elements")
        if elements.dim() != 3 or elements.size(0) == 0:
            raise ValueError(
                f"'elements' must be of shape [N_H, {self.n}, {self.n}] with one sample or more "
                f"(got {list(elements.shape)})"
            )
        if log_weights is None:
            log_weights = elements.new_zeros(elements.size(0))
        log_weights = log_weights - log_weights.logsumexp(0)
        return GroupSamples(elements, self.inverse(elements), log_weights, self)

    def _sample_rotations(
        self, num: int, generator: torch.Generator | None, rotations: str
    ) -> Tensor:
        if rotations == "stratified":
            return stratified_rotations(num, self.n, generator)
        generator = torch.Generator().manual_seed(0) if generator is None else generator
        return random_rotations(num, self.n, generator, torch.double).cpu()

    def _to_chart(self, matrices: Tensor) -> tuple[Tensor, Tensor]:
        y, rotation = polar_decomposition(matrices)
        return self._project(y), rotation

    def _project(self, matrices: Tensor) -> Tensor:
        """The nearest matrix that can be in the place of Y."""
        return symmetric_part(matrices)

    def _coordinates(self, matrices: Tensor) -> Tensor:
        y, rotation = self._to_chart(matrices)
        if self.n == 2:
            turn = torch.stack([rotation[..., 0, 0] - 1, rotation[..., 1, 0]], dim=-1)
        else:
            eye = torch.eye(self.n, dtype=rotation.dtype, device=rotation.device)
            turn = (rotation - eye).flatten(-2)
        basis = self._basis.to(y)
        return torch.cat([turn, (y.unsqueeze(-3) * basis).sum((-2, -1))], dim=-1)


def check_rotation(matrices: Tensor, tolerance: float, name: str) -> None:
    """Refuses matrices that are not orthogonal, or of negative determinant."""
    eye = torch.eye(matrices.size(-1), dtype=matrices.dtype, device=matrices.device)
    error = (matrix_product(matrices, matrices.mT) - eye).abs().amax((-2, -1))
    if bool((wrong := ~(error <= tolerance)).any()):
        raise ValueError(
            f"'{name}' must be orthogonal (got a matrix with an error of "
            f"{error[wrong][0].item():.3g} in {name} {name}^T = I)"
        )
    det = torch.linalg.det(matrices)
    if bool((wrong := det < 0).any()):
        raise ValueError(
            f"'{name}' must have a determinant above 0 (got {det[wrong][0].item():.3g})"
        )
