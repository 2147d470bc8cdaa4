"""Half precision under autocast, with every parameter cast once a call."""

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call


def cast_once(forward: Callable) -> Callable:
    r"""Lets the forward pass of a module run in half precision from end to end under autocast.

    Autocast converts the operands of every operator: normalisation returns float32, which the next
    linear map converts back, and each weight is converted by itself. Here all parameters of the
    module are converted by one copy, and activations stay in half precision. Operators that need
    more, such as the statistics of a normalisation, compute in float32 inside. Without autocast
    nothing changes.

    Args:
        forward (Callable): The method ``forward`` of a :class:`torch.nn.Module`, which converts
            its inputs itself where it has to.
    """

    @functools.wraps(forward)
    def wrapped(self: nn.Module, *args: Any) -> Any:
        kind = next(self.parameters()).device.type
        if not torch.is_autocast_enabled(kind):
            return forward(self, *args)
        dtype = torch.get_autocast_dtype(kind)
        with torch.autocast(kind, enabled=False):
            return functional_call(self, cast_parameters(self, dtype), args)

    return wrapped


def cast_parameters(module: nn.Module, dtype: torch.dtype) -> dict[str, Tensor]:
    """All parameters of a module by name, converted by one copy; gradients flow back to them."""
    names, values = zip(*module.named_parameters(), strict=True)
    flat = torch.cat([value.reshape(-1) for value in values]).to(dtype)
    parts = flat.split([value.numel() for value in values])
    shaped = [part.view_as(value) for part, value in zip(parts, values, strict=True)]
    return dict(zip(names, shaped, strict=True))
