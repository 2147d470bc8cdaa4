"""Products of a node's features with themselves."""

from torch import Tensor, nn

from ..tensor_product import GauntManyBody, GauntProduct
from .degree_linear import DegreeLinear
from .sheets import mirror, sort_products


class SelfProduct(nn.Module):
    r"""Gaunt products of up to :math:`\nu` factors of a node's features, channel by channel.

    With the odd paths, the Poisson bracket of the features and a linear map of them is added; a
    function has no bracket with itself.

    Args:
        channels (int): The number of channels :math:`C`.
        lmax (int): The highest degree of the features.
        lmax_out (int): The highest degree of the result.
        correlation (int): The largest number of factors :math:`\nu`.
        sheets (int): 1 for natural features, 2 for natural and pseudo features.
        odd (bool): Whether to take brackets.
        out_sheets (int): The most sheets that the result may have.
        num_elements (int, optional): The number of elements with weights of their own.
            (default: :obj:`1`)

    Shapes:
        - **input:** features :math:`(N, S, C, (L + 1)^2)`, optional elements :math:`(N, K)`
        - **output:** features :math:`(N, S', C, (L' + 1)^2)`
    """

    def __init__(
        self,
        channels: int,
        lmax: int,
        lmax_out: int,
        correlation: int,
        sheets: int,
        odd: bool,
        out_sheets: int,
        num_elements: int = 1,
    ) -> None:
        super().__init__()
        odd = odd and lmax_out > 0 and max(sheets, out_sheets) == 2
        self.sheets, self.out_sheets = sheets, min(out_sheets, 2 if odd else sheets)
        self.even = GauntManyBody(lmax, lmax_out, correlation, channels, num_elements)
        self.other: DegreeLinear | None = None
        width = channels
        if odd:
            self.other = DegreeLinear(channels, channels, lmax, sheets, bias=False)
            self.odd = GauntProduct(lmax, lmax, lmax_out, channels, parity="odd")
            width = channels * sheets
        self.lin = DegreeLinear(width, channels, lmax_out, self.out_sheets, bias=False)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        self.even.reset_parameters()
        self.lin.reset_parameters()
        if self.other is not None:
            self.other.reset_parameters()

    def forward(self, x: Tensor, element: Tensor | None = None) -> Tensor:
        """"""  # noqa: D419
        f = self._functions(x)
        if element is not None and self.sheets == 2:
            element = element.repeat_interleave(2, dim=0)
        out = self._features(self.even(f, element), x.size(0))
        if self.other is not None:
            odd = self.odd(f, self._functions(self.other(x)))
            out = sort_products(out, self._features(odd, x.size(0)))
        return self.lin(out[:, : self.out_sheets])

    def _functions(self, x: Tensor) -> Tensor:
        """Functions that a reflection at most exchanges :math:`(N S, C, d)`."""
        return (mirror(x) if self.sheets == 2 else x).flatten(0, 1)

    def _features(self, f: Tensor, num: int) -> Tensor:
        f = f.view(num, self.sheets, f.size(1), f.size(2))
        return mirror(f) if self.sheets == 2 else f
