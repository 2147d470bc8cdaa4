"""The published layers on affine groups, written down plainly, with the weights of ours.

Logarithms of relative elements by an eigen-decomposition, one call of the kernel network for each
layer, and an ordinary convolution of all channels and samples in PyTorch's default layout.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from pyg_symm.groups import GroupSamples
from pyg_symm.nn.affine import GroupConv2d, LiftingConv2d
from pyg_symm.nn.models import AffineResNet


def grid(size: int, like: Tensor) -> Tensor:
    """Centres of pixels on the square from -1 to 1, the column first."""
    line = (2 * torch.arange(size, dtype=like.dtype, device=like.device) + 1) / size - 1
    return torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1).flatten(0, 1)


def relative_coordinates(inverses: Tensor, elements: Tensor, special: bool) -> Tensor:
    """Coordinates of all relative elements, by eigenvalues."""
    relative = inverses.unsqueeze(1) @ elements
    values, vectors = torch.linalg.eigh(relative @ relative.mT)
    y = vectors @ torch.diag_embed(values.log() / 2) @ vectors.mT
    rotation = vectors @ torch.diag_embed(values.rsqrt()) @ vectors.mT @ relative
    turn = [rotation[..., 0, 0] - 1, rotation[..., 1, 0]]
    coordinates = [*turn, (y[..., 0, 0] - y[..., 1, 1]) / 2**0.5, 2**0.5 * y[..., 0, 1]]
    if not special:
        coordinates.append((y[..., 0, 0] + y[..., 1, 1]) / 2**0.5)
    return torch.stack(coordinates, dim=-1)


class PlainLifting(nn.Module):
    """The lifting convolution."""

    def __init__(self, conv: LiftingConv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor, samples: GroupSamples) -> Tensor:
        conv, size = self.conv, self.conv.kernel_size
        points = grid(size, x) @ samples.inverses.mT  # [N_H, K^2, 2]
        kernel = conv.kernel_net(points) * window(conv, points, None).unsqueeze(-1)
        kernel = kernel / torch.linalg.det(samples.elements).abs().view(-1, 1, 1)
        kernel = kernel.view(len(samples), size, size, conv.out_channels, conv.in_channels)
        kernel = kernel.permute(3, 0, 4, 1, 2).flatten(0, 1)
        out = functional.conv2d(x, kernel, padding=conv.padding)
        return out.unflatten(1, (conv.out_channels, len(samples)))


class PlainGroup(nn.Module):
    """The group convolution."""

    def __init__(self, conv: GroupConv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor, g_in: GroupSamples, g_out: GroupSamples) -> Tensor:
        conv, size, num_in, num_out = self.conv, self.conv.kernel_size, len(g_in), len(g_out)
        points = (grid(size, x) @ g_out.inverses.mT).unsqueeze(1).expand(-1, num_in, -1, -1)
        special = not conv.group.has_det
        coordinates = relative_coordinates(g_out.inverses, g_in.elements, special).unsqueeze(2)
        z = torch.cat([points, coordinates.expand(-1, -1, size**2, -1)], dim=-1)
        kernel = conv.kernel_net(z) * window(conv, points, coordinates).unsqueeze(-1)
        factor = g_in.log_weights.exp() / torch.linalg.det(g_in.elements).abs()
        kernel = kernel * factor.view(-1, 1, 1)
        kernel = kernel.view(num_out, num_in, size, size, conv.out_channels, conv.in_channels)
        kernel = kernel.permute(4, 0, 5, 1, 2, 3).flatten(2, 3).flatten(0, 1)
        out = functional.conv2d(x.flatten(1, 2), kernel, padding=conv.padding)
        return out.unflatten(1, (conv.out_channels, num_out))


def window(conv: LiftingConv2d | GroupConv2d, points: Tensor, more: Tensor | None) -> Tensor:
    """Where kernels end."""
    if conv.mask == "disk":
        return (points.norm(dim=-1) <= conv.radius).to(points.dtype)
    out = torch.sigmoid(2 * (1 - points.norm(dim=-1) / conv.radius))
    if more is None:
        return out
    return out * torch.sigmoid(2 * (1 - more.norm(dim=-1) / conv.group_radius))


class PlainAffineResNet(nn.Module):
    """The published network, plainly, on the parameters of one of ours."""

    def __init__(self, model: AffineResNet) -> None:
        super().__init__()
        self.model = model
        self.stem, self.last = PlainLifting(model.stem), PlainGroup(model.last)
        self.blocks = nn.ModuleList(
            nn.ModuleList(PlainGroup(conv) for conv in block.convs) for block in model.blocks
        )

    def forward(
        self, x: Tensor, samples: tuple[GroupSamples, GroupSamples] | None = None
    ) -> Tensor:
        first, last = self.model.draw() if samples is None else samples
        x = functional.gelu(norm(self.stem(x, first)))
        for block in self.blocks:
            hidden = x
            for conv in block:
                hidden = functional.gelu(norm(conv(hidden, first, first)))
            x = functional.gelu(x + hidden)
        channels, num = x.shape[1:3]
        x = functional.max_pool2d(norm(x).flatten(1, 2), 2).unflatten(1, (channels, num))
        x = functional.gelu(norm(self.last(functional.gelu(x), first, last)))
        return self.model.head(x.amax((2, 3, 4)))


def norm(x: Tensor) -> Tensor:
    """Layer normalisation over all but the images."""
    return functional.layer_norm(x, x.shape[1:])
