"""The common base of convolutions of images over groups of matrices."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from pyg_symm.groups import GroupSamples, LieGroup
from pyg_symm.groups.group_samples import check_samples
from pyg_symm.utils import check_sizes

from ..tensor_product.constants import Constants
from .kernel_cache import cached_kernel
from .kernel_points import kernel_points
from .kernel_resolver import check_values, kernel_resolver
from .tiled_conv import best_side, tiled_conv2d
from .window import check_window, kernel_window

PRECISIONS = (torch.float32, torch.float64)  # Of coordinates and kernels.


class Sites(NamedTuple):
    r"""Where a layer needs its kernel.

    Args:
        points (torch.Tensor): Transformed taps :math:`(N_{out}, N_{in}, K^2, 2)`.
        coordinates (torch.Tensor, optional): Relative coordinates :math:`(N_{out}, N_{in}, d)`.
        factor (torch.Tensor): What the values are multiplied by, of a shape that broadcasts to
            :math:`(N_{out}, N_{in})`.
    """

    points: Tensor
    coordinates: Tensor | None
    factor: Tensor


class AffineConv2d(Constants):
    """Base of convolutions of images whose kernel is a network of transformed coordinates."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        group: LieGroup,
        *,
        padding: int = 0,
        bias: bool = True,
        depthwise: bool = False,
        kernel: str | torch.nn.Module = "siren",
        mask: str | None = None,
        radius: float = 1.0,
    ) -> None:
        super().__init__()
        check_sizes(1, in_channels=in_channels, out_channels=out_channels, kernel_size=kernel_size)
        check_sizes(0, padding=padding)
        if not isinstance(group, LieGroup) or group.n != 2:
            raise ValueError(f"'group' must act on the plane, as SL(2) (got {group!r})")
        mask = mask or ("sigmoid" if group.has_det else "disk")
        check_window(mask, radius, self.group_radius)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.padding, self.group = kernel_size, padding, group
        self.depthwise, self.mask = depthwise, mask
        self.radius = radius
        taps, values = kernel_size**2, in_channels * (1 if depthwise else out_channels)
        self.kernel_net = kernel_resolver(
            kernel, self.coordinates_dim, values, taps * (1 if depthwise else in_channels)
        )
        self.lin = torch.nn.Linear(in_channels, out_channels, bias=False) if depthwise else None
        self.bias = torch.nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.register_constant("taps", kernel_points(kernel_size))

    taps: Tensor
    group_radius = 2.0  # Of layers whose kernel has coordinates of the group.

    @property
    def coordinates_dim(self) -> int:
        """How many coordinates the kernel network takes."""
        return 2

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        if hasattr(self.kernel_net, "reset_parameters"):
            self.kernel_net.reset_parameters()  # type: ignore[operator]
        if self.lin is not None:
            self.lin.reset_parameters()
        if self.bias is not None:
            torch.nn.init.zeros_(self.bias)

    def sites(self, *samples: GroupSamples) -> Sites:
        """Where the kernel is needed for these samples."""
        raise NotImplementedError

    def kernel(self, *samples: GroupSamples) -> Tensor:
        r"""The weights of the convolution for given samples.

        Evaluation without gradients keeps those of the last samples.

        Args:
            *samples (GroupSamples): As in :meth:`forward`.

        Returns:
            torch.Tensor: :math:`(N_{out}, C_{out}, K^2, N_{in}, C_{in})`; if the layer is
            depthwise, :math:`(C_{in}, N_{out}, K^2, N_{in})`.
        """
        return cached_kernel(self, samples, lambda: self._kernel(*samples))

    def _kernel(self, *samples: GroupSamples) -> Tensor:
        with torch.autocast(self.taps.device.type, enabled=False):
            sites = self.sites(*samples)
            return self.assemble(sites, self.kernel_net(self.inputs(sites)))

    def inputs(self, sites: Sites) -> Tensor:
        r"""The inputs of the kernel network :math:`(N_{out}, N_{in}, K^2, d)`, in its precision.

        Raises:
            ValueError: If the network is in half precision.
        """
        z = sites.points
        if sites.coordinates is not None:
            more = sites.coordinates.unsqueeze(2).expand(*z.shape[:3], -1)
            z = torch.cat([z, more], dim=-1)
        parameter = next(self.kernel_net.parameters(), z)
        if parameter.dtype not in PRECISIONS:
            raise ValueError(
                f"'kernel' must have parameters of type float32 or float64, also under autocast "
                f"(got {parameter.dtype})"
            )
        return z.to(parameter.dtype)

    def assemble(self, sites: Sites, values: Tensor) -> Tensor:
        r"""The weights from the values of the kernel network, see :meth:`kernel`."""
        check_values(values, self.in_channels * (1 if self.depthwise else self.out_channels))
        coordinates = None if sites.coordinates is None else sites.coordinates.unsqueeze(2)
        window = kernel_window(sites.points, coordinates, self.mask, self.radius, self.group_radius)
        values = values * (window * sites.factor.unsqueeze(-1)).unsqueeze(-1).to(values.dtype)
        if self.depthwise:
            return values.permute(3, 0, 2, 1)
        values = values.unflatten(-1, (self.out_channels, self.in_channels))
        return values.permute(0, 3, 2, 1, 4)

    def check(self, samples: GroupSamples, name: str) -> None:
        """Refuses samples that the layer cannot use."""
        check_samples(samples, self.group, name)
        dtype = samples.elements.dtype
        if dtype not in PRECISIONS:
            raise ValueError(f"'{name}' must be of type float32 or float64 (got {dtype})")

    def check_images(self, x: Tensor, shape: tuple[Any, ...]) -> None:
        """Refuses images of another shape, or smaller than the kernel."""
        if x.dim() != len(shape) + 3 or x.shape[1:-2] != shape:
            sizes = ", ".join(map(str, shape))
            raise ValueError(f"'x' must be of shape [B, {sizes}, h, w] (got {list(x.shape)})")
        if not x.is_floating_point():
            raise ValueError(f"'x' must hold floating-point numbers (got {x.dtype})")
        sides = [side + 2 * self.padding for side in x.shape[-2:]]
        if min(sides) < self.kernel_size:
            raise ValueError(
                f"'x' must be as large as the kernel of size {self.kernel_size} with a padding of "
                f"{self.padding} (got images of {x.size(-2)} x {x.size(-1)})"
            )

    def convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        r"""The convolution of features :math:`(B, C_{in}, N_{in}, h, w)`.

        Returns:
            torch.Tensor: :math:`(B, C_{out}, N_{out}, h', w')`
        """
        if self.lin is not None:
            out = _depthwise(x, weight, self.kernel_size, self.padding)
            out = self.lin(out.movedim(1, -1)).movedim(-1, 1)
        else:
            out = _dense(x, weight, self.kernel_size, self.padding)
        if self.bias is not None:
            out = out + self.bias.view(-1, 1, 1, 1).to(out.dtype)
        return out

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.out_channels}, "
            f"kernel_size={self.kernel_size}, group={self.group})"
        )


def _dense(x: Tensor, weight: Tensor, size: int, padding: int) -> Tensor:
    num, channels = weight.shape[:2]
    x = x.transpose(1, 2).flatten(1, 2).contiguous(memory_format=torch.channels_last)
    if (side := _tile_side(x, weight, size, padding)) is not None:
        kernel = weight.permute(2, 3, 4, 0, 1).flatten(3).flatten(1, 2)  # [K^2, in, out]
        out = tiled_conv2d(x.permute(0, 2, 3, 1), kernel.unflatten(0, (size, size)), padding, side)
        return out.unflatten(3, (num, channels)).permute(0, 4, 3, 1, 2)
    # [N_out C_out, N_in C_in, K, K], channels last.
    weight = weight.flatten(3).flatten(0, 1).unflatten(1, (size, size)).permute(0, 3, 1, 2)
    out = torch.nn.functional.conv2d(x, weight, padding=padding)
    return out.unflatten(1, (num, channels)).transpose(1, 2)


def _tile_side(x: Tensor, weight: Tensor, size: int, padding: int) -> int | None:
    """The side of tiles, none for an ordinary convolution, as on other devices than the CPU."""
    plain = x.device.type != "cpu" or x.dtype not in PRECISIONS or x.dtype != weight.dtype
    if plain or torch.is_autocast_enabled("cpu") or torch.compiler.is_compiling() or size == 1:
        return None
    height, width = (side + 2 * padding - size + 1 for side in x.shape[2:])
    channels = (x.size(1), weight.size(0) * weight.size(1))
    return best_side((x.size(0), height, width), size, channels)


def _depthwise(x: Tensor, weight: Tensor, size: int, padding: int) -> Tensor:
    channels, num = weight.shape[:2]
    # [C N_out, N_in, K, K]
    weight = weight.transpose(2, 3).flatten(0, 1).unflatten(-1, (size, size))
    out = torch.nn.functional.conv2d(x.flatten(1, 2), weight, padding=padding, groups=channels)
    return out.unflatten(1, (channels, num))
