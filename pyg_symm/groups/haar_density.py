r"""The density of the Haar measure in the chart of symmetric matrices."""

from typing import Any

import torch
from torch import Tensor

from .hyperbolic import log_sinhc
from .symmetric_matrices import exp_differential, symmetric_part


def haar_log_density(matrices: Tensor) -> Tensor:
    r"""The logarithm of

    .. math::
        \prod_{i < j} \frac{\sinh(\lambda_i - \lambda_j)}{\lambda_i - \lambda_j}

    with the eigenvalues :math:`\lambda_i` of symmetric matrices. Derivatives of any order exist, at
    equal eigenvalues, too.

    Args:
        matrices (torch.Tensor): :math:`(*, n, n)`; only their symmetric parts are used.

    Returns:
        torch.Tensor: :math:`(*)`

    Examples:
        >>> haar_log_density(torch.diag(torch.tensor([1.0, -1.0]))).exp()  # sinh(2) / 2
        tensor(1.8134)
    """
    y = symmetric_part(matrices)
    if y.size(-1) != 2:
        return _LogDensity.apply(y)
    half = (y[..., 0, 0] - y[..., 1, 1]) / 2
    return log_sinhc(4 * (half.square() + y[..., 0, 1].square()))


class _LogDensity(torch.autograd.Function):
    r"""The formula above. Its derivative is that of the equal

    .. math::
        \tfrac12 \log \det (D \exp)(2 \mathbf{Y}) - n \operatorname{tr} \mathbf{Y},

    which does not need eigenvectors.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(y: Tensor) -> Tensor:
        n = y.size(-1)
        values = torch.linalg.eigvalsh(y)
        first, second = torch.triu_indices(n, n, 1, device=y.device)
        return log_sinhc((values[..., first] - values[..., second]).square()).sum(-1)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        r"""The derivative of :math:`\log \det \mathbf{D}` along the basis :math:`E_{kl}` is
        :math:`\operatorname{tr}(\mathbf{D}^{-1} \partial_{kl} \mathbf{D})`.
        """
        (y,) = ctx.saved_tensors
        slope = torch.func.grad(_through_differential)(y)
        return grad[..., None, None] * slope


def _through_differential(y: Tensor) -> Tensor:
    trace = y.diagonal(dim1=-2, dim2=-1).sum()
    return torch.linalg.slogdet(exp_differential(2 * y))[1].sum() / 2 - y.size(-1) * trace
