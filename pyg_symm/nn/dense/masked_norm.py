"""Normalisation of padded tensors, without the padding."""

import torch
from torch import Tensor, nn
from torch_geometric.nn.inits import reset


class MaskedBatchNorm(nn.Module):
    r"""Batch normalisation over the entries of a mask, from masked moments.

    Entries outside of the mask are normalised too, but do not take part in the statistics. No
    entries are gathered, so shapes are static and the device does not synchronise.

    Args:
        channels (int): The number of channels :math:`C`.
        eps (float, optional): Added to the variance. (default: :obj:`1e-5`)
        momentum (float, optional): Weight of a batch in the running statistics.
            (default: :obj:`0.1`)

    Shapes:
        - **input:** :math:`(\dots, C)` and a mask :math:`(\dots)` that broadcasts
        - **output:** :math:`(\dots, C)`
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.channels = channels
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Resets statistics and parameters."""
        nn.init.ones_(self.weight)
        nn.init.zeros_(self.bias)
        nn.init.zeros_(self.running_mean)
        nn.init.ones_(self.running_var)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = self._moments(x, mask)
        scale = self.weight * (var + self.eps).rsqrt()
        return x * scale.to(x.dtype) + (self.bias - mean * scale).to(x.dtype)

    def _moments(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        # Sums run over many entries: not in half precision.
        x = x.to(self.running_mean.dtype)
        mask = mask.expand(x.shape[:-1]).unsqueeze(-1)
        dims = tuple(range(x.dim() - 1))
        count = mask.sum().clamp_min(1)
        x = torch.where(mask, x, 0)
        mean = x.sum(dims) / count
        var = (torch.where(mask, x - mean, 0) ** 2).sum(dims) / count
        with torch.no_grad():
            self.running_mean.lerp_(mean.detach(), self.momentum)
            unbiased = var.detach() * (count / (count - 1).clamp_min(1))
            self.running_var.lerp_(unbiased, self.momentum)
        return mean, var

    def extra_repr(self) -> str:
        return str(self.channels)


class _EntryNorm(nn.Module):
    """A normalisation of every entry by itself, which needs no mask."""

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        self.norm = norm

    def reset_parameters(self) -> None:
        reset(self.norm)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.norm(x)


def masked_norm(name: str, channels: int) -> nn.Module:
    r"""A normalisation by name, called with a tensor :math:`(\dots, C)` and its mask.

    Args:
        name (str): ``"layer"``, ``"rms"`` or ``"batch"``.
        channels (int): The number of channels :math:`C`.

    Raises:
        ValueError: If the name is none of these.
    """
    if name == "layer":
        return _EntryNorm(nn.LayerNorm(channels))
    if name == "rms":
        return _EntryNorm(nn.RMSNorm(channels, eps=1e-6))
    if name == "batch":
        return MaskedBatchNorm(channels)
    raise ValueError(f"'norm' must be 'layer', 'rms' or 'batch' (got '{name}')")
