"""Monomials of attributes."""

from itertools import combinations_with_replacement, product

import torch
from torch import Tensor, nn

from pyg_symm.utils import check_sizes


class PolynomialFeatures(nn.Module):
    r"""All monomials of degree 1 to :math:`D` of the attributes
    :math:`\mathbf{a} \in \mathbb{R}^d`.

    The published network takes all ordered products
    :math:`[\mathbf{a}, \mathbf{a} \otimes \mathbf{a}, \ldots]`, in which most monomials occur more
    than once. Both span the same functions.

    Args:
        in_channels (int): The number of attributes :math:`d`.
        degree (int, optional): The largest degree :math:`D`. (default: :obj:`3`)
        distinct (bool, optional): If set to :obj:`False`, gives all ordered products.
            (default: :obj:`True`)

    Shapes:
        - **input:** attributes :math:`(*, d)`
        - **output:** monomials :math:`(*, q)`, with :math:`q = \binom{d + D}{D} - 1`, or
          :math:`q = d + d^2 + \ldots + d^D` if not distinct

    Examples:
        >>> PolynomialFeatures(2)(torch.tensor([2.0, 3.0]))
        tensor([ 2.,  3.,  4.,  6.,  9.,  8., 12., 18., 27.])
        >>> PolynomialFeatures(2, degree=2, distinct=False)(torch.tensor([2.0, 3.0]))
        tensor([2., 3., 4., 6., 6., 9.])
    """

    def __init__(self, in_channels: int, degree: int = 3, distinct: bool = True) -> None:
        super().__init__()
        check_sizes(1, degree=degree)
        self.in_channels, self.degree, self.distinct = in_channels, degree, distinct
        self._monomials = [
            monomial
            for order in range(1, degree + 1)
            for monomial in combinations_with_replacement(range(in_channels), order)
        ]
        place = {monomial: i for i, monomial in enumerate(self._monomials)}
        self._ordered = [  # Which monomial each ordered product is.
            place[tuple(sorted(factors))]
            for order in range(1, degree + 1)
            for factors in product(range(in_channels), repeat=order)
        ]
        self.out_channels = len(self._monomials if distinct else self._ordered)

    def forward(self, attributes: Tensor) -> Tensor:
        """"""  # noqa: D419
        out = self._distinct_monomials(attributes)
        return out if self.distinct else out[..., self._ordered]

    def linear(self, attributes: Tensor, lin: nn.Linear) -> Tensor:
        r"""A linear map of the features, which adds the weights of equal ones.

        Args:
            attributes (torch.Tensor): Attributes :math:`(*, d)`.
            lin (torch.nn.Linear): The map from :math:`q` features.
        """
        weight = lin.weight.t()
        if not self.distinct:
            place = torch.tensor(self._ordered, device=weight.device)
            sums = weight.new_zeros(len(self._monomials), weight.size(1))
            weight = sums.index_add(0, place, weight)
        # Powers of attributes keep the precision of the attributes.
        features = self._distinct_monomials(attributes).to(weight.dtype)
        # Unlike with F.linear, the gradient of the weights is a quick product of matrices.
        rows = features.view(-1, weight.size(0))
        out = torch.addmm(lin.bias, rows, weight.contiguous())
        return out.view(*features.shape[:-1], out.size(1))

    def _distinct_monomials(self, attributes: Tensor) -> Tensor:
        known: dict[tuple[int, ...], Tensor] = {}
        known.update({(i,): column for i, column in enumerate(attributes.unbind(-1))})
        for monomial in self._monomials[self.in_channels :]:
            known[monomial] = known[monomial[:-1]] * known[monomial[-1:]]
        return torch.stack([known[monomial] for monomial in self._monomials], dim=-1)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.in_channels}, {self.out_channels})"
