"""A plain convolutional network on images of any size."""

from torch import Tensor, nn


class PooledCNN(nn.Module):
    r"""Convolutions with max-pooling between them, a maximum over the image, and two linear layers.

    Translations by a multiple of the total stride do not change the result, except at the borders
    of the image. With 64 channels, one input channel and ten classes it has 93,834 parameters.

    Args:
        in_channels (int): The number of channels of an image.
        hidden_channels (int): The channels of all convolutions but the first, which has half as
            many, and of the hidden linear layer.
        out_channels (int): Size of each output sample.
        kernel_sizes (tuple, optional): The size of each convolution. All but the last are followed
            by max-pooling. (default: :obj:`(5, 5, 3)`)

    Raises:
        ValueError: If there is no convolution or no channel, or an image is smaller than what
            pooling divides it by.

    Shapes:
        - **input:** images :math:`(B, \mathrm{in\_channels}, h, w)`
        - **output:** :math:`(B, \mathrm{out\_channels})`

    Examples:
        >>> import torch
        >>> PooledCNN(1, 64, 10)(torch.zeros(2, 1, 40, 40)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        kernel_sizes: tuple[int, ...] = (5, 5, 3),
    ) -> None:
        super().__init__()
        sizes = tuple(kernel_sizes)
        if not sizes or any(size < 1 or size % 2 == 0 for size in sizes):
            raise ValueError(f"'kernel_sizes' must be odd and at least one (got {sizes})")
        if hidden_channels < 2:
            raise ValueError(f"'hidden_channels' must be at least 2 (got {hidden_channels})")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.hidden_channels, self.kernel_sizes = hidden_channels, sizes
        widths = [in_channels, hidden_channels // 2] + [hidden_channels] * (len(sizes) - 1)
        self.convs = nn.ModuleList(
            nn.Conv2d(before, after, size, padding=size // 2)
            for before, after, size in zip(widths[:-1], widths[1:], sizes, strict=True)
        )
        self.hidden = nn.Linear(widths[-1], hidden_channels)
        self.head = nn.Linear(hidden_channels, out_channels)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for layer in (*self.convs, self.hidden, self.head):
            layer.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        least = 2 ** (len(self.convs) - 1)
        if x.dim() != 4 or min(x.shape[-2:]) < least:
            raise ValueError(
                f"'x' must be images of at least {least} x {least} pixels (got {list(x.shape)})"
            )
        for i, conv in enumerate(self.convs):
            x = conv(x).relu()
            if i + 1 < len(self.convs):
                x = nn.functional.max_pool2d(x, 2)
        return self.head(self.hidden(x.amax(dim=(-2, -1))).relu())

    def __repr__(self) -> str:
        sizes = f"{self.in_channels}, {self.hidden_channels}, {self.out_channels}"
        return f"{self.__class__.__name__}({sizes}, kernel_sizes={self.kernel_sizes})"
