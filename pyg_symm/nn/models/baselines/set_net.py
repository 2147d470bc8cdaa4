"""Networks on sets: encode each element, aggregate, decode."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import GELU, Dropout, Linear, Sequential
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

    @classmethod
    def for_bits(
        cls,
        num_bits: int,
        label_bits: int,
        hidden_channels: int,
        aggr: Callable[[], Aggregation],
        encoder_dropout: float = 0.0,
        dropout: float = 0.0,
    ) -> "SetNet":
        r"""A network from sets of integers to the bits of a label, with layers of one width.

        Args:
            num_bits (int): The number of bits of an element.
            label_bits (int): The number of bits of a label.
            hidden_channels (int): The width of all layers.
            aggr (Callable): Makes an aggregation of that width.
            encoder_dropout (float, optional): Dropout of the encoder. (default: :obj:`0.0`)
            dropout (float, optional): Dropout of the decoder. (default: :obj:`0.0`)

        Examples:
            >>> from torch_geometric.nn.aggr import MaxAggregation
            >>> net = SetNet.for_bits(8, 4, 16, MaxAggregation)
            >>> net(torch.tensor([[3], [255], [7]]), torch.tensor([0, 0, 1])).shape
            torch.Size([2, 4])
        """
        width = hidden_channels
        return cls(
            Sequential(
                BitEmbedding(num_bits, width),
                Linear(width, width),
                Dropout(encoder_dropout),
                GELU(),
            ),
            aggr(),
            Sequential(Linear(width, width), Dropout(dropout), GELU(), Linear(width, label_bits)),
        )

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
