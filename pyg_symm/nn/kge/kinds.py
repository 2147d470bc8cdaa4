"""The kinds of NFE: features of flows, and distances of these."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from .base_law import MEAN_ABSOLUTE, check_base
from .flows import AffineFlow, Flow, PiecewiseLinearFlow

LEAST_SPREAD = 1e-4  # Of normal laws, whose divergence has a pole at zero.


class Kind:
    r"""Distances between distributions as squared distances between features.

    Rows of entities are :math:`[\mu \mid \mathrm{slopes}]`, rows of relations
    :math:`[\mu_r \mid \sigma_r]`.

    Args:
        base (str): The random variable that flows are applied to.
        sign_aware (bool): Whether a negative scale exchanges the slopes of a flow.
    """

    width = 2  # Columns of an entity, as a multiple of the number of coordinates.

    def __init__(self, base: str, sign_aware: bool) -> None:
        check_base(base)
        self.base, self.sign_aware = base, sign_aware

    def image(self, head: Tensor, rel: Tensor) -> Tensor:
        """Features of the flows of heads after those of relations :math:`(B, F)`."""
        raise NotImplementedError

    def features(self, node: Tensor) -> Tensor:
        """Features of the flows of entities :math:`(N, F)`."""
        raise NotImplementedError

    def slopes(self, node: Tensor) -> Tensor:
        """The spreads of entities, not negative :math:`(N, S)`."""
        return _split(node, self.width)[1].abs()

    def flow(self, node: Tensor) -> Flow:
        """The flows of entities :math:`(N)`."""
        return AffineFlow(_split(node, 2)[0], self.slopes(node), self.base)

    def distance(self, image: Tensor, features: Tensor) -> Tensor:
        """Distances row by row :math:`(B)`."""
        return (image - features).square().sum(dim=-1)

    def distances(self, image: Tensor, features: Tensor) -> Tensor:
        """Distances of all rows to all rows :math:`(B, N)`, by one matrix product."""
        with torch.autocast(image.device.type, enabled=False):  # Squares cancel each other.
            left = image.square().sum(dim=-1, keepdim=True)
            right = features.square().sum(dim=-1)
            return left + torch.addmm(right, image, features.t(), alpha=-2)

    def image_distances(self, node: Tensor, rel: Tensor, group: Tensor, features: Tensor) -> Tensor:
        r"""Distances of the images of all entities to rows of features :math:`(B, N)`.

        Args:
            node (torch.Tensor): Rows of entities :math:`(N, *)`.
            rel (torch.Tensor): Rows of relations :math:`(G, *)`.
            group (torch.Tensor): The number of the relation of each row of features :math:`(B)`.
            features (torch.Tensor): Features of entities :math:`(B, F)`.
        """
        # Every relation moves all heads to other places, so that each has a product of its own.
        places, parts = [group.new_empty(0)], [features.new_empty(0, node.size(0))]
        for number, row in enumerate(rel):
            places.append((group == number).nonzero().view(-1))
            parts.append(self.distances(self.image(node, row), features[places[-1]]).t())
        return torch.cat(parts)[torch.cat(places).argsort()]


class Wasserstein(Kind):
    r"""Affine flows and the squared 2-Wasserstein distance,
    :math:`(\mu_1 - \mu_2)^2 + (|\sigma_1| - |\sigma_2|)^2`.
    """

    def image(self, head: Tensor, rel: Tensor) -> Tensor:
        (mu, sigma), (shift, scale) = _split(head, 2), _split(rel, 2)
        return torch.cat([scale * mu + shift, (scale * sigma).abs()], dim=-1)

    def features(self, node: Tensor) -> Tensor:
        mu, sigma = _split(node, 2)
        return torch.cat([mu, sigma.abs()], dim=-1)


class Location(Kind):
    """The first term of :class:`Wasserstein` only. Slopes are kept, and nothing depends on them."""

    def image(self, head: Tensor, rel: Tensor) -> Tensor:
        (mu, _), (shift, scale) = _split(head, 2), _split(rel, 2)
        return scale * mu + shift

    def features(self, node: Tensor) -> Tensor:
        return _split(node, 2)[0]

    def slopes(self, node: Tensor) -> Tensor:
        raise ValueError("'kind' must have spreads for an uncertainty (got 'mu')")


class Spread(Kind):
    """The second term of :class:`Wasserstein` only. Nothing depends on locations."""

    def image(self, head: Tensor, rel: Tensor) -> Tensor:
        return (_split(head, 2)[1] * _split(rel, 2)[1]).abs()

    def features(self, node: Tensor) -> Tensor:
        return _split(node, 2)[1].abs()


class PiecewiseWasserstein(Kind):
    r"""Flows with two slopes, and the squared 2-Wasserstein distance.

    With the differences :math:`\delta` of locations, left and right slopes, and
    :math:`c = \mathbb{E}|X|`,

    .. math::
        D = \delta_\mu^2 + \tfrac{1}{2} \delta_-^2 + \tfrac{1}{2} \delta_+^2
        + c \, \delta_\mu (\delta_+ - \delta_-) = |L^\top \delta|^2

    with the Cholesky factor :math:`L` of the quadratic form, so that features
    :math:`L^\top (\mu, \sigma_-, \sigma_+)` have this squared distance. The first of them is the
    mean of the law.
    """

    width = 3

    def __init__(self, base: str, sign_aware: bool) -> None:
        super().__init__(base, sign_aware)
        c = MEAN_ABSOLUTE[base]
        rest = 0.5 - c * c / 4
        self.mean = c / 2
        self.middle = math.sqrt(rest)
        self.mixed = c * c / 4 / self.middle
        self.last = math.sqrt(rest - self.mixed**2)

    def image(self, head: Tensor, rel: Tensor) -> Tensor:
        mu, minus, plus = head.chunk(3, dim=-1)
        shift, scale = _split(rel, 2)
        minus, plus = (scale * minus).abs(), (scale * plus).abs()
        if self.sign_aware:
            turned = scale < 0
            minus, plus = torch.where(turned, plus, minus), torch.where(turned, minus, plus)
        return self._map(scale * mu + shift, minus, plus)

    def features(self, node: Tensor) -> Tensor:
        mu, minus, plus = node.chunk(3, dim=-1)
        return self._map(mu, minus.abs(), plus.abs())

    def flow(self, node: Tensor) -> Flow:
        mu, minus, plus = node.chunk(3, dim=-1)
        return PiecewiseLinearFlow(mu, minus.abs(), plus.abs(), self.base)

    def _map(self, mu: Tensor, minus: Tensor, plus: Tensor) -> Tensor:
        mean = mu + self.mean * (plus - minus)
        return torch.cat([mean, self.middle * minus + self.mixed * plus, self.last * plus], dim=-1)


class Divergence(Kind):
    r"""Affine flows and the divergence of normal distributions, from the image of the head to the
    tail.

    As published, the mean is scaled by :math:`\sigma_r` and the spread by
    :math:`\mathrm{softplus}(\sigma_r)`. Spreads of entities and scales of relations are at least
    ``LEAST_SPREAD``.
    """

    def image(self, head: Tensor, rel: Tensor) -> Tensor:
        (mu, sigma), (shift, scale) = _split(head, 2), _split(rel, 2)
        return torch.cat([scale * mu + shift, _positive(scale) * _positive(sigma)], dim=-1)

    def features(self, node: Tensor) -> Tensor:
        mu, sigma = _split(node, 2)
        return torch.cat([mu, _positive(sigma)], dim=-1)

    def slopes(self, node: Tensor) -> Tensor:
        return _positive(_split(node, 2)[1])

    def distance(self, image: Tensor, features: Tensor) -> Tensor:
        (mu, sigma), (center, spread) = _split(image, 2), _split(features, 2)
        square = (sigma.square() + (mu - center).square()) / (2 * spread.square())
        return (spread.log() - sigma.log() + square - 0.5).sum(dim=-1)

    def distances(self, image: Tensor, features: Tensor) -> Tensor:
        """All distances as one product of :math:`[\\sigma^2 + \\mu^2, \\mu]` with factors of the
        tails.
        """
        (mu, sigma), (center, spread) = _split(image, 2), _split(features, 2)
        with torch.autocast(image.device.type, enabled=False):
            precision = spread.square().reciprocal()
            right = (precision * center.square() / 2 + spread.log() - 0.5).sum(dim=-1)
            left = torch.cat([sigma.square() + mu.square(), mu], dim=-1)
            factors = torch.cat([precision / 2, -precision * center], dim=-1)
            return torch.addmm(right, left, factors.t()) - sigma.log().sum(dim=-1, keepdim=True)


KINDS: dict[str, Callable[[str, bool], Kind]] = {
    "nfe1": Wasserstein,
    "nfe2": PiecewiseWasserstein,
    "nfe3": Divergence,
    "mu": Location,
    "sigma": Spread,
}


def _split(rows: Tensor, parts: int) -> tuple[Tensor, Tensor]:
    """The first of so many equal parts of all columns, and the others."""
    size = rows.size(-1) // parts
    first, others = rows.split([size, rows.size(-1) - size], dim=-1)
    return first, others


def _positive(raw: Tensor) -> Tensor:
    return F.softplus(raw).clamp(min=LEAST_SPREAD)
