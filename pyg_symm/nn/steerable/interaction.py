"""Messages between nodes, and what a node makes of them."""

from typing import NamedTuple

from torch import Tensor, nn

from ..tensor_product import GauntConv
from .degree_linear import DegreeLinear
from .gate import Gate
from .radial import RadialNetwork
from .self_product import SelfProduct
from .sheets import fit, sort_products


class Edges(NamedTuple):
    r"""Edges, and what all layers need of them.

    Args:
        pos (torch.Tensor): Positions of nodes :math:`(N, 3)`.
        edge_index (torch.Tensor): Senders and receivers :math:`(2, E)`.
        basis (torch.Tensor): Radial basis functions :math:`(E, B)`.
        window (torch.Tensor): The factor of all messages :math:`(E)`, zero for loops.
    """

    pos: Tensor
    edge_index: Tensor
    basis: Tensor
    window: Tensor


class Interaction(nn.Module):
    r"""The sum over neighbours of Gaunt products with harmonics of their directions.

    .. math::
        \mathbf{A}_i = \mathbf{W}_1 \frac{1}{n} \sum_{j \to i} \Big( \mathbf{W}_2 \mathbf{h}_j
        \Big) \otimes \sum_l \mathbf{R}_l(r_{ij}, \mathbf{s}_i, \mathbf{s}_j)
        Y_l(\hat{\mathbf{r}}_{ij})

    Args:
        channels (int): The number of channels :math:`C`.
        lmax_in (int): The highest degree of the features.
        lmax (int): The highest degree of harmonics, and of the result.
        sheets (int): 1 for natural features, 2 for natural and pseudo features.
        odd (bool): Whether to take brackets, too.
        num_basis (int): The number of radial basis functions.
        num_neighbors (float): The usual number :math:`n` of neighbours.

    Shapes:
        - **input:** features :math:`(N, S, C, (L_{\mathrm{in}} + 1)^2)`, edges
        - **output:** features :math:`(N, S', C, (L + 1)^2)`
    """

    def __init__(
        self,
        channels: int,
        lmax_in: int,
        lmax: int,
        sheets: int,
        odd: bool,
        num_basis: int,
        num_neighbors: float,
    ) -> None:
        super().__init__()
        self.lmax, self.sheets, self.num_neighbors = lmax, sheets, num_neighbors
        self.odd = odd and lmax_in > 0  # The bracket with a scalar is zero.
        self.out_sheets = 2 if self.odd else sheets
        self.lin_in = DegreeLinear(channels, channels, lmax_in, sheets, bias=False)
        self.radial = RadialNetwork(num_basis, channels, sheets * channels * (lmax + 1))
        parity = "both" if self.odd else "even"
        self.conv = GauntConv(lmax_in, lmax, lmax, sheets * channels, parity=parity)
        width = channels * sheets if self.odd else channels
        self.lin_out = DegreeLinear(width, channels, lmax, self.out_sheets, bias=False)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in (self.lin_in, self.radial, self.lin_out):
            module.reset_parameters()

    def forward(self, h: Tensor, edges: Edges) -> Tensor:
        """"""  # noqa: D419
        x = self.lin_in(h).flatten(1, 2)
        weight = self.radial(edges.basis, h[:, 0, :, 0], edges.edge_index)
        weight = weight * edges.window.unsqueeze(-1).to(weight.dtype)
        weight = weight.view(weight.size(0), x.size(1), self.lmax + 1)
        out = self.conv(x, edges.pos, edges.edge_index, weight) / self.num_neighbors
        parts = out.view(h.size(0), 1 + self.odd, *h.shape[1:3], out.size(-1)).unbind(1)
        return self.lin_out(sort_products(*parts) if self.odd else parts[0])


class SteerableLayer(nn.Module):
    r"""Messages from neighbours, and products of their sum.

    .. math::
        \mathbf{A}_i = \mathrm{gate}(\mathrm{interaction}(\mathbf{h})_i + \mathbf{W}_1 \mathbf{h}_i)
        \qquad
        \mathbf{h}'_i = \mathbf{W}_2 \mathbf{h}_i + \mathrm{product}(\mathbf{A}_i)

    with an :class:`Interaction` and a :class:`SelfProduct`. The arguments are those of the two.

    Args:
        channels (int): The number of channels :math:`C`.
        degrees (tuple): The highest degree of the features, inside the layer, and of the result.
        sheets (tuple): The sheets of the features, and the most that the result may have.
        correlation (int): The largest number of factors :math:`\nu`.
        odd (bool): Whether to take brackets.
        num_basis (int): The number of radial basis functions.
        num_neighbors (float): The usual number of neighbours.
        num_elements (int): The number of elements with weights of their own.
    """

    def __init__(
        self,
        channels: int,
        degrees: tuple[int, int, int],
        sheets: tuple[int, int],
        correlation: int,
        odd: bool,
        num_basis: int,
        num_neighbors: float,
        num_elements: int,
    ) -> None:
        super().__init__()
        lmax_in, lmax, self.lmax_out = degrees
        self.interaction = Interaction(
            channels, lmax_in, lmax, sheets[0], odd, num_basis, num_neighbors
        )
        self.lmax, self.sheets = lmax, self.interaction.out_sheets
        self.lin_self = DegreeLinear(channels, channels, lmax_in, sheets[0])
        self.gate = Gate(channels, lmax, self.sheets)
        self.product = SelfProduct(
            channels, lmax, self.lmax_out, correlation, self.sheets, odd, sheets[1], num_elements
        )
        self.out_sheets = self.product.out_sheets
        self.kept = min(lmax_in, self.lmax_out), min(sheets[0], self.out_sheets)
        self.lin_skip = DegreeLinear(channels, channels, *self.kept)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in (self.interaction, self.lin_self, self.gate, self.product, self.lin_skip):
            module.reset_parameters()

    def forward(self, h: Tensor, edges: Edges, element: Tensor | None = None) -> Tensor:
        """"""  # noqa: D419
        a = self.interaction(h, edges) + fit(self.lin_self(h), self.lmax, self.sheets)
        skip = fit(self.lin_skip(fit(h, *self.kept)), self.lmax_out, self.out_sheets)
        return skip + self.product(self.gate(a), element)
