"""Tensors that a module computes with and never learns."""

from collections.abc import Callable

import torch
from torch import Tensor

_NARROW = (torch.half, torch.bfloat16)


class Constants(torch.nn.Module):
    r"""A module with constants that keep their precision when it is cast to another type and back.

    Each constant is kept in float64 on the CPU. A copy is a buffer, which begins on the default
    device and moves with the module. It is made anew when the module is cast, and is not saved with
    it. Modules of half precision get copies in float32, in which they compute.

    Examples:
        >>> third = torch.tensor(1 / 3, dtype=torch.double)
        >>> module = Constants()
        >>> module.register_constant("third", third)
        >>> bool(module.half().double().third == third)
        True
    """

    def __init__(self) -> None:
        super().__init__()
        self._exact: dict[str, Tensor] = {}

    def register_constant(self, name: str, value: Tensor) -> None:
        r"""Adds a constant, given in float64 on the CPU."""
        assert value.dtype == torch.double, f"'{name}' is not exact"
        self._exact[name] = value
        copy = value.to(torch.get_default_device(), _wide(torch.get_default_dtype()))
        self.register_buffer(name, copy, persistent=False)

    def constant(self, name: str, like: Tensor) -> Tensor:
        r"""A constant, of the type and on the device of a tensor."""
        value = getattr(self, name)
        if value.dtype == like.dtype and value.device == like.device:
            return value
        return self._exact[name].to(like)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "Constants":
        super()._apply(fn, recurse)
        for name, exact in self._exact.items():
            old = getattr(self, name)
            self._buffers[name] = exact.to(old.device, _wide(old.dtype))
        return self


def compute_type(*tensors: Tensor) -> torch.dtype:
    r"""The type to compute with: the widest of some tensors, and never half precision.

    Examples:
        >>> compute_type(torch.ones(1).half()), compute_type(torch.ones(1), torch.ones(1).double())
        (torch.float32, torch.float64)
    """
    dtype = tensors[0].dtype
    for tensor in tensors[1:]:
        dtype = torch.promote_types(dtype, tensor.dtype)
    return _wide(dtype)


def _wide(dtype: torch.dtype) -> torch.dtype:
    return torch.float if dtype in _NARROW else dtype
