"""Kernel networks by name."""

import torch
from torch import Tensor

from .kernels import SIREN, GaborNet

_KERNELS = {"siren": SIREN, "gabor": GaborNet}


def kernel_resolver(
    kernel: str | torch.nn.Module, in_channels: int, out_channels: int, fan_in: int
) -> torch.nn.Module:
    r"""A kernel network by name, or a module as it is.

    Args:
        kernel (str or torch.nn.Module): ``"siren"``, ``"gabor"``, or a module that maps coordinates
            :math:`(*, d)` to values :math:`(*, F)`.
        in_channels (int): The number of coordinates :math:`d`.
        out_channels (int): The number of values :math:`F`.
        fan_in (int): The number of terms that a value of the convolution sums over.

    Raises:
        ValueError: If there is no such network.

    Examples:
        >>> kernel_resolver("siren", 2, 8, fan_in=25)
        SIREN(2, 8, hidden_channels=60, num_layers=3, omega=10)
    """
    if isinstance(kernel, torch.nn.Module):
        return kernel
    if kernel not in _KERNELS:
        names = ", ".join(repr(name) for name in _KERNELS)
        raise ValueError(f"'kernel' must be one of {names}, or a module (got {kernel!r})")
    return _KERNELS[kernel](in_channels, out_channels, fan_in=fan_in)


def check_values(values: Tensor, num: int) -> Tensor:
    """Refuses values of a kernel whose number does not fit the channels."""
    if values.size(-1) != num:
        raise ValueError(f"'kernel' must give {num} values at each point (got {values.size(-1)})")
    return values
