"""Networks on sets: encode each element, aggregate, decode."""

import torch
from torch import Tensor
from torch_geometric.nn.aggr import Aggregation
from torch_geometric.nn.inits import reset


class BitEmbedding(torch.nn.Module):
    r"""Embeds integers as the sum of one learned vector per set bit.

    .. math::
        \mathbf{h}(n) = \sum_{i=0}^{B-1} \mathrm{bit}_i(n) \, \mathbf{w}_i + \mathbf{b}

    Args:
        num_bits (int): The number of bits :math:`B`.
        out_channels (int): Size of each output sample.

    Shapes:
        - **input:** integers :math:`(E, 1)`
        - **output:** :math:`(E, F)`

    Examples:
        >>> BitEmbedding(8, 16)(torch.tensor([[3], [255]])).shape
        torch.Size([2, 16])
    """

    def __init__(self, num_bits: int, out_channels: int) -> None:
        super().__init__()
        self.num_bits = num_bits
        self.out_channels = out_channels
        self.weight = torch.nn.Parameter(torch.empty(num_bits, out_channels))
        self.bias = torch.nn.Parameter(torch.empty(out_channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        torch.nn.init.normal_(self.weight)
        torch.nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """"""  # noqa: D419
        bits = (x >> torch.arange(self.num_bits, device=x.device)) & 1
        return torch.addmm(self.bias, bits.to(self.weight.dtype), self.weight)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.num_bits}, {self.out_channels})"


class SetNet(torch.nn.Module):
    r"""Encodes the elements of each set, aggregates them, and decodes the result.

    .. math::
        f(\mathcal{X}) = \mathrm{dec} \left( \bigoplus_{x \in \mathcal{X}} \mathrm{enc}(x) \right)

    Args:
        encoder (torch.nn.Module): Maps elements to :math:`(E, F)`.
        aggr (Aggregation): Maps those to :math:`(S, F')`.
        decoder (torch.nn.Module): Maps those to the output.
    """

    def __init__(
        self, encoder: torch.nn.Module, aggr: Aggregation, decoder: torch.nn.Module
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.aggr = aggr
        self.decoder = decoder

    def reset_parameters(self) -> None:
        for module in (self.encoder, self.aggr, self.decoder):
            reset(module)

    def forward(
        self,
        x: Tensor,
        index: Tensor | None = None,
        ptr: Tensor | None = None,
        dim_size: int | None = None,
    ) -> Tensor:
        """Maps elements :math:`(E, *)` of sets given by ``index`` or ``ptr`` to one row a set."""
        x = self.aggr(self.encoder(x), index, ptr=ptr, dim_size=dim_size)
        return self.decoder(x)
