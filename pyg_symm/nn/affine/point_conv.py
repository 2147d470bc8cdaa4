"""The common base of convolutions of point clouds over groups of matrices."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.nn import MessagePassing

from pyg_symm.groups import LieGroup
from pyg_symm.utils import check_sizes

from .kernel_resolver import check_values, kernel_resolver
from .kernels import KernelNet
from .window import check_window, kernel_window

KernelLike = str | torch.nn.Module


class PointConv(MessagePassing):
    """Base of convolutions of points whose kernel is a network of transformed positions."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        group: LieGroup,
        *,
        depthwise: bool = False,
        bias: bool = True,
        mask: str = "none",
        radius: float = 1.0,
        group_radius: float = 2.0,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("aggr", "mean")
        super().__init__(node_dim=0, **kwargs)
        check_sizes(1, in_channels=in_channels, out_channels=out_channels)
        if not isinstance(group, LieGroup):
            raise ValueError(f"'group' must be a group of matrices, as SL(2) (got {group!r})")
        check_window(mask, radius, group_radius)
        self.in_channels, self.out_channels, self.group = in_channels, out_channels, group
        self.depthwise, self.mask = depthwise, mask
        self.radius, self.group_radius = radius, group_radius
        self.factored = False
        self.lin = torch.nn.Linear(in_channels, out_channels, bias=False) if depthwise else None
        self.bias = torch.nn.Parameter(torch.zeros(out_channels)) if bias else None

    def make_kernel(self, kernel: KernelLike, coordinates_dim: int) -> torch.nn.Module:
        """The network of the values of a kernel."""
        if self.depthwise:
            return kernel_resolver(kernel, coordinates_dim, self.in_channels, fan_in=1)
        values = self.in_channels * self.out_channels
        net = kernel_resolver(kernel, coordinates_dim, values, fan_in=self.in_channels)
        linear = isinstance(self.aggr, str) and self.aggr in ("add", "sum", "mean")
        self.factored = linear and isinstance(net, KernelNet)
        return net

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        super().reset_parameters()
        for module in self.children():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
        if self.bias is not None:
            torch.nn.init.zeros_(self.bias)

    def relative_positions(self, pos_i: Tensor, pos_j: Tensor, inverses: Tensor) -> Tensor:
        r""":math:`\mathbf{A}^{-1} (\mathbf{p}_j - \mathbf{p}_i)` in units of the radius
        :math:`(E, N_{out}, n)`.
        """
        return self.group.act(inverses, (pos_j - pos_i).unsqueeze(1)) / self.radius

    def evaluate(self, net: torch.nn.Module, z: Tensor) -> Tensor:
        """The values of a kernel network, in its own precision also under autocast.

        If the layer is :attr:`factored`, what its last layer takes, and a one for its bias.
        """
        parameter = next(net.parameters(), z)
        with torch.autocast(z.device.type, enabled=False):
            z = z.to(parameter.dtype)
            if not self.factored:
                num = self.in_channels * (1 if self.depthwise else self.out_channels)
                return check_values(net(z), num)
            assert isinstance(net, KernelNet)
            features = net.features(z)
            return torch.cat([features, features.new_ones(*features.shape[:-1], 1)], dim=-1)

    def apply_last(self, net: torch.nn.Module, out: Tensor) -> Tensor:
        r"""The last layer of a kernel network, behind the sum over edges.

        Values of a kernel are linear in what this layer takes, and so are sums over edges and
        samples: matrices of channels need not be made for every edge.

        Args:
            net (torch.nn.Module): The network, with :math:`H` features.
            out (torch.Tensor): Sums of their products with features of nodes
                :math:`(N, N_{out}, (H + 1) C_{in})`.
        """
        assert isinstance(net, KernelNet)
        weight = torch.cat([net.lin_out.weight, net.lin_out.bias.unsqueeze(1)], dim=1)
        weight = weight.view(self.in_channels, self.out_channels, -1)
        out = out.unflatten(-1, (weight.size(-1), self.in_channels))
        return torch.einsum("nahi,ioh->nao", out, weight.to(out.dtype))

    def position_window(self, z: Tensor) -> Tensor:
        """Where the kernel ends :math:`(*, 1)`."""
        return kernel_window(z, mask=self.mask).unsqueeze(-1)

    def group_window(self, coordinates: Tensor) -> Tensor:
        """Where it ends in the group :math:`(*, 1)`."""
        mask = "sigmoid" if self.mask == "sigmoid" else "none"
        return kernel_window(coordinates, mask=mask, radius=self.group_radius).unsqueeze(-1)

    def check(self, x: Any, pos: Any, num_samples: int | None) -> tuple[Any, Any]:
        """Features and positions of sources and targets, of the right shapes."""
        x = (x, None) if isinstance(x, Tensor) else x
        pos = (pos, pos) if isinstance(pos, Tensor) else pos
        for each in pos:
            if each.dim() != 2 or each.size(1) != self.group.n:
                raise ValueError(
                    f"'pos' must be of shape [N, {self.group.n}] (got {list(each.shape)})"
                )
            if each.dtype not in (torch.float32, torch.float64):
                raise ValueError(f"'pos' must be of type float32 or float64 (got {each.dtype})")
        samples = () if num_samples is None else (num_samples,)
        shape = [pos[0].size(0), *samples, self.in_channels]
        if list(x[0].shape) != shape:
            raise ValueError(f"'x' must be of shape {shape} (got {list(x[0].shape)})")
        if not x[0].is_floating_point():  # Kernels take the type of features.
            raise ValueError(f"'x' must hold floating-point numbers (got {x[0].dtype})")
        return x[0], pos

    def finish(self, out: Tensor) -> Tensor:
        """Mixes channels, and adds the bias."""
        if self.lin is not None:
            out = self.lin(out)
        return out if self.bias is None else out + self.bias

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.out_channels}, "
            f"group={self.group})"
        )
