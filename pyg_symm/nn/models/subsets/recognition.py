"""First guesses of memberships."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.utils import scatter

RANK = 5  # Of the correlations of a copula.


class RecognitionNetwork(torch.nn.Module):
    r"""Estimates the log-odds of each membership, from the element and the mean of its set.

    .. math::
        \mathbf{h}_i = \mathrm{ReLU} \left( \mathbf{A} \mathbf{x}_i +
        \frac{1}{|V|} \sum_{j \in V} \mathbf{B} \mathbf{x}_j + \mathbf{b} \right)

    The published network has no term with :math:`\mathbf{B}`. With ``copula``, the network also
    gives what correlates elements: a scale :math:`d_i > 0` and factors
    :math:`\mathbf{u}_i \in (-1, 1)^5`.

    Args:
        in_channels (int): Channels of elements.
        hidden_channels (int): The width of the hidden layer.
        copula (bool, optional): Whether to give correlations. (default: :obj:`False`)
    """

    def __init__(self, in_channels: int, hidden_channels: int, copula: bool = False) -> None:
        super().__init__()
        self.copula = copula
        self.lin = torch.nn.Linear(in_channels, hidden_channels)
        self.lin_context = torch.nn.Linear(in_channels, hidden_channels, bias=False)
        self.out = torch.nn.Linear(hidden_channels, 2 + RANK if copula else 1)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        self.lin.reset_parameters()
        self.lin_context.reset_parameters()
        self.out.reset_parameters()

    def forward(
        self, h: Tensor, index: Tensor, dim_size: int
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        r"""Log-odds :math:`(N)`, scales :math:`(N)` and factors :math:`(N, 5)`."""
        mean = scatter(h, index, dim=0, dim_size=dim_size, reduce="mean")
        out = self.out((self.lin(h) + self.lin_context(mean)[index]).relu())
        if not self.copula:
            return out[:, 0], None, None
        return out[:, 0], F.softplus(out[:, 1]), out[:, 2:].tanh()
