"""Networks from invariants to basis functions, which the kernels of all layers share."""

import torch.nn.functional as F
from torch import Tensor, nn

from .pointwise import gelu_linear
from .polynomial import PolynomialFeatures
from .window import PolynomialWindow


class KernelBasis(nn.Module):
    r"""Basis functions of invariants.

    .. math::
        \boldsymbol{\varphi}(\mathbf{a}) = w(\| \mathbf{r} \|) \,
        \mathrm{GELU}(\mathbf{W}_2 \, \mathrm{GELU}(\mathbf{W}_1 \, p(\mathbf{a}) + \mathbf{b}_1)
        + \mathbf{b}_2)

    with :class:`PolynomialFeatures` :math:`p` and a :class:`PolynomialWindow` :math:`w`. For the
    backward pass, features before each activation are kept.

    Args:
        in_channels (int): The number of invariants :math:`d`.
        hidden_channels (int): The width of the first layer.
        out_channels (int): The number of basis functions :math:`B`.
        degree (int, optional): The degree of the polynomials. (default: :obj:`3`)
        distinct (bool, optional): See :class:`PolynomialFeatures`. (default: :obj:`True`)
        cutoff (float, optional): The distance at which the functions end. (default: :obj:`None`)

    Shapes:
        - **input:** invariants :math:`(*, d)`, distances :math:`(*)` if there is a cutoff
        - **output:** :math:`(*, B)`
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        degree: int = 3,
        distinct: bool = True,
        cutoff: float | None = None,
    ) -> None:
        super().__init__()
        self.features = PolynomialFeatures(in_channels, degree, distinct)
        self.window = PolynomialWindow(cutoff)
        self.lin1 = nn.Linear(self.features.out_channels, hidden_channels)
        self.lin2 = nn.Linear(hidden_channels, out_channels)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        self.lin1.reset_parameters()
        self.lin2.reset_parameters()

    def forward(self, attributes: Tensor, distance: Tensor | None = None) -> Tensor:
        """"""  # noqa: D419
        out = F.gelu(gelu_linear(self.features.linear(attributes, self.lin1), self.lin2))
        if distance is None or self.window.cutoff is None:
            return out
        return out * self.window(distance).to(out.dtype).unsqueeze(-1)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.features.in_channels}, {self.lin2.out_features}, "
            f"cutoff={self.window.cutoff})"
        )
