"""Real spherical harmonics of vectors."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.utils import check_choice, check_sizes

_NORMALIZATIONS = ("integral", "component", "norm")


def spherical_harmonics(lmax: int, vectors: Tensor, normalization: str = "integral") -> Tensor:
    r"""Real spherical harmonics of all degrees up to :obj:`lmax`, of the directions of vectors.

    The polar axis is **y**: with :math:`\hat{\mathbf{v}} = (\sin\beta \sin\alpha, \cos\beta,
    \sin\beta \cos\alpha)`,

    .. math::
        Y_{lm}(\hat{\mathbf{v}}) = \sqrt{\frac{2l + 1}{4 \pi} \frac{(l - |m|)!}{(l + |m|)!}} \,
        P_l^{|m|}(\cos\beta) \cdot \begin{cases}
        \sqrt{2} \sin(|m| \alpha) & m < 0 \\ 1 & m = 0 \\ \sqrt{2} \cos(m \alpha) & m > 0
        \end{cases}

    without the sign of Condon and Shortley. Axes, signs and order, by degree :math:`l` and then
    :math:`m = -l, \ldots, l`, are those of `e3nn <https://e3nn.org>`_. The result is a polynomial
    in :math:`\hat{\mathbf{v}}`, without angles, so that all its derivatives exist at the poles.

    A vector of length zero has no direction: its degree 0 is that of every vector, all other
    degrees and all derivatives are zero. Vectors that are not finite give NaN in all degrees but 0.
    Half precision is computed in float32.

    Args:
        lmax (int): The highest degree.
        vectors (torch.Tensor): Vectors of any length :math:`(*, 3)`.
        normalization (str, optional): ``"integral"``: orthonormal on the sphere. ``"component"``:
            the squares of degree :math:`l` sum to :math:`2l + 1`. ``"norm"``: they sum to one.
            (default: ``"integral"``)

    Returns:
        torch.Tensor: :math:`(*, (\mathrm{lmax} + 1)^2)`

    Raises:
        ValueError: If an argument has a wrong shape, type or value.

    Examples:
        >>> spherical_harmonics(1, torch.tensor([[0.0, 2.0, 0.0]]), normalization="norm")
        tensor([[1., 0., 1., 0.]])
    """
    check_sizes(0, lmax=lmax)
    check_choice("normalization", normalization, _NORMALIZATIONS)
    if vectors.dim() == 0 or vectors.size(-1) != 3 or not vectors.is_floating_point():
        raise ValueError(
            f"'vectors' must be real and of shape [..., 3] (got {vectors.dtype} of shape "
            f"{list(vectors.shape)})"
        )
    wide = vectors.float() if vectors.dtype in (torch.half, torch.bfloat16) else vectors
    largest = wide.detach().abs().amax(-1, keepdim=True)
    exists = largest != 0
    # The direction does not depend on the length; this one cannot overflow when squared.
    wide = wide / torch.where(exists, largest, 1)
    square = wide.square().sum(-1, keepdim=True)
    x, y, z = (wide / torch.where(exists, square, 1).sqrt()).split(1, dim=-1)
    azimuth = azimuth_functions(lmax, z, x)
    degrees = []
    constant = 1 / math.sqrt(4 * math.pi) if normalization == "integral" else 1.0
    for degree, polar in enumerate(reduced_polar(lmax, y, constant)):
        if normalization == "norm":
            polar = polar / math.sqrt(2 * degree + 1)
        values = polar * azimuth[..., lmax - degree : lmax + degree + 1]
        degrees.append(values if degree == 0 else torch.where(exists, values, 0))
    return torch.cat(degrees, dim=-1).to(vectors.dtype)


def azimuth_functions(lmax: int, cos: Tensor, sin: Tensor) -> Tensor:
    r"""The factor of harmonics that depends on the azimuth, for :math:`m` from -lmax to lmax.

    .. math::
        \sqrt{2} \sin(|m| \alpha), \quad 1, \quad \sqrt{2} \cos(m \alpha)

    Args:
        lmax (int): The highest degree.
        cos (torch.Tensor): :math:`r \cos\alpha` :math:`(*, 1)`; order :math:`m` gets the factor
            :math:`r^{|m|}`.
        sin (torch.Tensor): :math:`r \sin\alpha` :math:`(*, 1)`.

    Returns:
        torch.Tensor: :math:`(*, 2 \, \mathrm{lmax} + 1)`
    """
    real, imag = [torch.full_like(cos, math.sqrt(2))], [torch.zeros_like(sin)]
    for _ in range(lmax):
        real.append(real[-1] * cos - imag[-1] * sin)
        imag.append(imag[-1] * cos + real[-2] * sin)
    return torch.cat([*imag[:0:-1], torch.ones_like(cos), *real[1:]], dim=-1)


def reduced_polar(
    lmax: int, y: Tensor, constant: float = 1 / math.sqrt(4 * math.pi)
) -> list[Tensor]:
    r"""The factor of harmonics that depends on the polar angle, over :math:`\sin^{|m|} \beta`.

    With :math:`y = \cos\beta` it is the polynomial

    .. math::
        p_l^m = a_l^m y \, p_{l-1}^m - b_l^m p_{l-2}^m \qquad
        a_l^m = \sqrt{\frac{4 l^2 - 1}{l^2 - m^2}} \qquad
        b_l^m = \frac{a_l^m}{a_{l-1}^m}

    Args:
        lmax (int): The highest degree.
        y (torch.Tensor): Cosines :math:`(*, 1)`.
        constant (float, optional): The value of degree 0. (default: :math:`1 / \sqrt{4 \pi}`)

    Returns:
        list: For each degree :math:`l`, the factors for :math:`m` from -l to l
        :math:`(*, 2 l + 1)`.
    """
    corner = constant
    out = [torch.full_like(y, corner)]
    for l in range(1, lmax + 1):  # noqa: E741
        a = [_step(l, m) for m in range(1 - l, l)]
        inner = y.new_tensor(a) * y * out[-1]
        if l > 1:
            b = [_step(l, m) / _step(l - 1, m) for m in range(2 - l, l - 1)]
            inner = inner - F.pad(y.new_tensor(b) * out[-2], (1, 1))
        corner *= math.sqrt((2 * l + 1) / (2 * l))
        out.append(F.pad(inner, (1, 1), value=corner))
    return out


def _step(l: int, m: int) -> float:  # noqa: E741
    return math.sqrt((4 * l * l - 1) / (l * l - m * m))
