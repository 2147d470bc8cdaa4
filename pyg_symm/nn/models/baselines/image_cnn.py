"""A plain convolutional network on rows of pixels."""

import math

from torch import Tensor, nn


class ImageCNN(nn.Module):
    r"""Convolutions with batch norm on small square images, and a linear layer at the end.

    Every convolution but the first halves the sides of the image.

    Args:
        in_channels (int): The number of pixels, a square.
        hidden_channels (int): The channels of every convolution.
        out_channels (int): Size of each output sample.
        num_layers (int, optional): The number of convolutions. (default: :obj:`3`)
        dropout (float, optional): Before the linear layer. (default: :obj:`0.0`)

    Raises:
        ValueError: If the number of pixels is no square.

    Shapes:
        - **input:** images :math:`(N, \mathrm{in\_channels})`
        - **output:** :math:`(N, \mathrm{out\_channels})`
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        num_layers: int = 3,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        side = math.isqrt(in_channels)
        if side**2 != in_channels:
            raise ValueError(f"'in_channels' must be a square number (got {in_channels})")
        layers: list[nn.Module] = [nn.Unflatten(-1, (1, side, side))]
        channels = 1
        for i in range(num_layers):
            stride = 1 if i == 0 else 2
            layers += [
                nn.Conv2d(channels, hidden_channels, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(hidden_channels),
                nn.ReLU(),
            ]
            channels, side = hidden_channels, -(-side // stride)
        layers += [nn.Flatten(), nn.Dropout(dropout), nn.Linear(channels * side**2, out_channels)]
        self.layers = nn.Sequential(*layers)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.hidden_channels, self.num_layers = hidden_channels, num_layers

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
                layer.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)

    def __repr__(self) -> str:
        sizes = f"{self.in_channels}, {self.hidden_channels}, {self.out_channels}"
        return f"{self.__class__.__name__}({sizes}, num_layers={self.num_layers})"
