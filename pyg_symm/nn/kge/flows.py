"""Invertible maps of the line, one for each coordinate, and the laws that they give a base."""

from typing import Union

import torch
from torch import Tensor

from .base_law import MEAN_ABSOLUTE, check_base, log_density

Flow = Union["AffineFlow", "PiecewiseLinearFlow"]


class AffineFlow:
    r"""The flow :math:`f(x) = \sigma x + \mu` in each coordinate.

    Its distribution is that of :math:`f(X)` for a base :math:`X` that is symmetric, with mean 0 and
    variance 1. The distribution depends on :math:`|\sigma|` only, the map on the sign as well.

    Args:
        mu (torch.Tensor): Locations :math:`(*, d)`.
        sigma (torch.Tensor): Scales :math:`(*, d)`, of any sign.
        base (str, optional): ``"normal"`` or ``"uniform"``. (default: ``"normal"``)

    Raises:
        ValueError: If there is no such base.

    Examples:
        >>> double = AffineFlow(torch.tensor([1.0]), torch.tensor([2.0]))
        >>> double.forward(torch.tensor([3.0])), double.inverse(torch.tensor([7.0]))
        (tensor([7.]), tensor([3.]))
        >>> double.compose(double)
        AffineFlow(mu=tensor([3.]), sigma=tensor([4.]), base='normal')
    """

    def __init__(self, mu: Tensor, sigma: Tensor, base: str = "normal") -> None:
        check_base(base)
        self.mu, self.sigma, self.base = mu, sigma, base

    @property
    def inv(self) -> "AffineFlow":
        """The inverse as a flow."""
        return AffineFlow(-self.mu / self.sigma, 1 / self.sigma, self.base)

    def forward(self, x: Tensor) -> Tensor:
        """The images of points :math:`(*, d)`."""
        return self.sigma * x + self.mu

    def inverse(self, y: Tensor) -> Tensor:
        """The points whose images these are :math:`(*, d)`."""
        return (y - self.mu) / self.sigma

    def compose(self, inner: Flow) -> Flow:
        r"""The flow :math:`x \mapsto f(g(x))`.

        Args:
            inner (AffineFlow or PiecewiseLinearFlow): The flow :math:`g` that is applied first.
        """
        _check_same_base(self, inner)
        mu = self.forward(inner.mu)
        if isinstance(inner, AffineFlow):
            return AffineFlow(mu, self.sigma * inner.sigma, self.base)
        return PiecewiseLinearFlow(
            mu, self.sigma * inner.sigma_minus, self.sigma * inner.sigma_plus, self.base
        )

    def log_prob(self, y: Tensor) -> Tensor:
        r"""The logarithm of the density of the law in each coordinate :math:`(*, d)`."""
        return log_density(self.inverse(y), self.base) - self.sigma.abs().log()

    def squared_w2(self, other: Flow) -> Tensor:
        r"""The squared 2-Wasserstein distance between the laws, summed over coordinates
        :math:`(*)`.
        """
        return self._piecewise().squared_w2(other)

    def w2(self, other: Flow) -> Tensor:
        r"""The 2-Wasserstein distance between the laws of all coordinates :math:`(*)`, a metric."""
        return self.squared_w2(other).sqrt()

    def kl(self, other: "AffineFlow") -> Tensor:
        r"""The Kullback-Leibler divergence of normal laws, summed over coordinates :math:`(*)`.

        .. math::
            \log \frac{\sigma_2}{\sigma_1} + \frac{\sigma_1^2 + (\mu_1 - \mu_2)^2}{2 \sigma_2^2}
            - \frac{1}{2}

        Args:
            other (AffineFlow): The second argument of the divergence.

        Raises:
            ValueError: If a base is not normal.
        """
        if (self.base, other.base) != ("normal", "normal"):
            raise ValueError(f"'base' must be 'normal' for a divergence (got {self.base!r})")
        one, two = self.sigma.abs(), other.sigma.abs()
        square = one.square() + (self.mu - other.mu).square()
        return (two.log() - one.log() + square / (2 * two.square()) - 0.5).sum(dim=-1)

    def _piecewise(self) -> "PiecewiseLinearFlow":
        return PiecewiseLinearFlow(self.mu, self.sigma, self.sigma, self.base)

    def __repr__(self) -> str:
        return f"AffineFlow(mu={self.mu}, sigma={self.sigma}, base={self.base!r})"


class PiecewiseLinearFlow:
    r"""The flow with two slopes in each coordinate,

    .. math::
        f(x) = \mu + \sigma_- x \;\; (x < 0), \qquad f(x) = \mu + \sigma_+ x \;\; (x \ge 0).

    Both slopes have one sign. A flow that decreases gives the law of the increasing one with its
    slopes exchanged, since the base is symmetric.

    Args:
        mu (torch.Tensor): Images of zero :math:`(*, d)`.
        sigma_minus (torch.Tensor): Slopes left of zero :math:`(*, d)`.
        sigma_plus (torch.Tensor): Slopes right of zero :math:`(*, d)`.
        base (str, optional): ``"normal"`` or ``"uniform"``. (default: ``"normal"``)

    Raises:
        ValueError: If there is no such base.

    Examples:
        >>> bent = PiecewiseLinearFlow(torch.zeros(1), torch.ones(1), torch.tensor([2.0]))
        >>> bent.forward(torch.tensor([[-3.0], [3.0]])).tolist()
        [[-3.0], [6.0]]
        >>> mirror = AffineFlow(torch.zeros(1), -torch.ones(1))
        >>> [slope.tolist() for slope in mirror.compose(bent).law_slopes()]
        [[2.0], [1.0]]
    """

    def __init__(
        self, mu: Tensor, sigma_minus: Tensor, sigma_plus: Tensor, base: str = "normal"
    ) -> None:
        check_base(base)
        self.mu, self.sigma_minus, self.sigma_plus = mu, sigma_minus, sigma_plus
        self.base = base

    def forward(self, x: Tensor) -> Tensor:
        """The images of points :math:`(*, d)`."""
        return self.mu + torch.where(x < 0, self.sigma_minus, self.sigma_plus) * x

    def inverse(self, y: Tensor) -> Tensor:
        """The points whose images these are :math:`(*, d)`."""
        return (y - self.mu) / self._slope(y)

    def compose(self, inner: Flow) -> "PiecewiseLinearFlow":
        r"""The flow :math:`x \mapsto f(g(x))`.

        Args:
            inner (AffineFlow or PiecewiseLinearFlow): The flow :math:`g` that is applied first. It
                must keep zero at its place: the composition has a third slope otherwise.

        Raises:
            ValueError: If the inner flow moves zero.
        """
        _check_same_base(self, inner)
        if bool(inner.mu.any()):
            raise ValueError(f"'inner' must have 'mu' zero (got {inner.mu})")
        inner = inner._piecewise() if isinstance(inner, AffineFlow) else inner
        turned = inner.sigma_plus < 0
        minus = torch.where(turned, self.sigma_plus, self.sigma_minus) * inner.sigma_minus
        plus = torch.where(turned, self.sigma_minus, self.sigma_plus) * inner.sigma_plus
        return PiecewiseLinearFlow(self.mu, minus, plus, self.base)

    def log_prob(self, y: Tensor) -> Tensor:
        r"""The logarithm of the density of the law in each coordinate :math:`(*, d)`."""
        return log_density(self.inverse(y), self.base) - self._slope(y).abs().log()

    def law_slopes(self) -> tuple[Tensor, Tensor]:
        """The slopes of the increasing flow that has the same law, left and right of zero."""
        turned = (self.sigma_minus < 0) | (self.sigma_plus < 0)
        minus, plus = self.sigma_minus.abs(), self.sigma_plus.abs()
        return torch.where(turned, plus, minus), torch.where(turned, minus, plus)

    def squared_w2(self, other: Flow) -> Tensor:
        r"""The squared 2-Wasserstein distance between the laws, summed over coordinates
        :math:`(*)`.

        .. math::
            \delta_\mu^2 + \tfrac{1}{2} \delta_-^2 + \tfrac{1}{2} \delta_+^2
            + \mathbb{E}|X| \, \delta_\mu (\delta_+ - \delta_-)

        with the differences of locations and of the slopes of :meth:`law_slopes`: increasing maps
        are an optimal coupling.
        """
        _check_same_base(self, other)
        other = other._piecewise() if isinstance(other, AffineFlow) else other
        ours, theirs = self.law_slopes(), other.law_slopes()
        mu, minus, plus = self.mu - other.mu, ours[0] - theirs[0], ours[1] - theirs[1]
        mixed = MEAN_ABSOLUTE[self.base] * mu * (plus - minus)
        square = mu.square() + (minus.square() + plus.square()) / 2 + mixed
        return square.sum(dim=-1).clamp(min=0)  # Zero may be missed by round-off.

    def w2(self, other: Flow) -> Tensor:
        r"""The 2-Wasserstein distance between the laws of all coordinates :math:`(*)`, a metric."""
        return self.squared_w2(other).sqrt()

    def _slope(self, y: Tensor) -> Tensor:
        """The slope at the point whose image this is."""
        left = (y - self.mu) * self.sigma_plus < 0
        return torch.where(left, self.sigma_minus, self.sigma_plus)

    def __repr__(self) -> str:
        slopes = f"sigma_minus={self.sigma_minus}, sigma_plus={self.sigma_plus}"
        return f"PiecewiseLinearFlow(mu={self.mu}, {slopes}, base={self.base!r})"


def _check_same_base(one: Flow, two: Flow) -> None:
    if one.base != two.base:
        raise ValueError(f"'base' must be the same of both flows (got {one.base!r}, {two.base!r})")
