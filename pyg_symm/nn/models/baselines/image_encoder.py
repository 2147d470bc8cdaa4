"""Small images as vectors."""

import torch
from torch import Tensor


class ImageEncoder(torch.nn.Module):
    r"""A small convolutional network on grey images, as an encoder of elements of sets.

    Two convolutions of three pixels with 16 and 32 channels, each with ReLU and maximum pooling,
    and a linear map.

    Args:
        image_size (int): Width and height of images, at least ten.
        out_channels (int): Channels of a vector.

    Shapes:
        - **input:** pixels, row by row :math:`(N, s^2)`
        - **output:** vectors :math:`(N, C)`

    Examples:
        >>> ImageEncoder(14, 64)(torch.rand(5, 196)).shape
        torch.Size([5, 64])
    """

    def __init__(self, image_size: int, out_channels: int) -> None:
        super().__init__()
        if image_size < 10:
            raise ValueError(f"'image_size' must be at least 10 (got {image_size})")
        self.image_size = image_size
        self.conv1 = torch.nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = torch.nn.Conv2d(16, 32, 3)
        size = (image_size // 2 - 2) // 2
        self.lin = torch.nn.Linear(32 * size * size, out_channels)

    def reset_parameters(self) -> None:
        for part in (self.conv1, self.conv2, self.lin):
            part.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        h = x.unflatten(-1, (1, self.image_size, self.image_size))
        for conv in (self.conv1, self.conv2):
            h = torch.nn.functional.max_pool2d(conv(h).relu(), 2)
        return self.lin(h.flatten(1))
