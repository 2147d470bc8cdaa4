"""Inputs of messages besides directions: distances, and scalars of the two ends."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..bundle import PolynomialWindow


class BesselBasis(nn.Module):
    r"""The radial basis from the `"Directional Message Passing for Molecular Graphs"
    <https://arxiv.org/abs/2003.03123>`_ paper.

    .. math::
        b_n(r) = \sqrt{2} \, \frac{\sin(n \pi u)}{u} \, w(r), \qquad u = r / r_{\max},
        \quad n = 1, \ldots, B

    with a :class:`~pyg_symm.nn.bundle.PolynomialWindow` :math:`w`. Without a cutoff, :math:`u = r
    / \sqrt{1 + r^2}` and :math:`w = 1`: the functions end at infinity.

    Args:
        num_basis (int): The number of functions :math:`B`.
        cutoff (float, optional): The distance :math:`r_{\max}` at which they end.
            (default: :obj:`None`)

    Shapes:
        - **input:** distances :math:`(E)`
        - **output:** values :math:`(E, B)`

    Examples:
        >>> BesselBasis(2, cutoff=3.0)(torch.tensor([1.0]))
        tensor([[3.6020, 3.6020]])
    """

    orders: Tensor

    def __init__(self, num_basis: int, cutoff: float | None = None) -> None:
        super().__init__()
        self.num_basis, self.cutoff = num_basis, cutoff
        self.window = PolynomialWindow(cutoff)
        orders = torch.arange(1, num_basis + 1)
        self.register_buffer("orders", orders, persistent=False)

    def forward(self, distance: Tensor) -> Tensor:
        """"""  # noqa: D419
        if self.cutoff is None:
            u = distance * torch.rsqrt(1 + distance.square())
        else:
            u = distance / self.cutoff
        u = u.unsqueeze(-1)
        away = u > 0
        frequency = math.pi * self.orders.to(u.dtype)  # In the precision of the distance.
        # The quotient has finite derivatives of any order where it is not taken, too.
        quotient = (frequency * u).sin() / torch.where(away, u, 1)
        values = torch.where(away, quotient, frequency)
        return math.sqrt(2) * self.window(distance).unsqueeze(-1) * values

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.num_basis}, cutoff={self.cutoff})"


class RadialNetwork(nn.Module):
    r"""A small network from radial basis functions and scalars of the two ends to edge weights.

    Args:
        num_basis (int): The number of basis functions :math:`B`.
        channels (int): The number of scalars of a node :math:`C`.
        out_channels (int): The number of weights :math:`F`.

    Shapes:
        - **input:** basis functions :math:`(E, B)`, scalars :math:`(N, C)`, edges :math:`(2, E)`
        - **output:** weights :math:`(E, F)`
    """

    def __init__(self, num_basis: int, channels: int, out_channels: int) -> None:
        super().__init__()
        self.lin_basis = nn.Linear(num_basis, channels)
        self.lin_source = nn.Linear(channels, channels, bias=False)
        self.lin_target = nn.Linear(channels, channels, bias=False)
        self.lin = nn.Linear(channels, channels)
        self.lin_out = nn.Linear(channels, out_channels)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for lin in (self.lin_basis, self.lin_source, self.lin_target, self.lin, self.lin_out):
            lin.reset_parameters()

    def forward(self, basis: Tensor, scalars: Tensor, edge_index: Tensor) -> Tensor:
        """"""  # noqa: D419
        source, target = edge_index[0], edge_index[1]
        h = self.lin_basis(basis.to(self.lin_basis.weight.dtype))
        h = h + self.lin_source(scalars).index_select(0, source)
        h = F.silu(h + self.lin_target(scalars).index_select(0, target))
        return self.lin_out(F.silu(self.lin(h)))
