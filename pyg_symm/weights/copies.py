"""Copies of models and their inputs in double precision, which can be run and changed."""

import copy
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

T = TypeVar("T")

_DOUBLE = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.complex64: torch.complex128,
}


class _Converted(TorchFunctionMode):
    """Deep copies of tensors get another type of numbers and lie on the CPU."""

    def __init__(self, types: dict[torch.dtype, torch.dtype]) -> None:
        super().__init__()
        self.types = types

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        if func is not Tensor.__deepcopy__:
            return func(*args, **(kwargs or {}))
        x, memo = args
        if id(x) not in memo:
            memo[id(x)] = x.detach().to("cpu", self.types.get(x.dtype, x.dtype), copy=True)
        return memo[id(x)]


def converted(content: T, dtype: torch.dtype) -> T:
    r"""A deep copy whose real numbers have another precision.

    Args:
        content (Any): Tensors, modules, graphs, and objects that hold them.
        dtype (torch.dtype): ``torch.float64``, or ``torch.float32`` for the precision they have,
            which is at least single.
    """
    types = _DOUBLE
    if dtype == torch.float32:
        types = {torch.float16: torch.float32, torch.bfloat16: torch.float32}
    with _Converted(types):
        out = copy.deepcopy(content)
    if isinstance(out, torch.nn.Module):
        for x in [*out.parameters(), *out.buffers()]:
            x.data = x.data.to("cpu", types.get(x.dtype, x.dtype))
    return out


class _Collected(TorchFunctionMode):
    """Keeps the tensors that are copied."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Tensor] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        if func is not Tensor.__deepcopy__:
            return func(*args, **(kwargs or {}))
        x, memo = args
        self.found.append(x)
        memo[id(x)] = x
        return x


def tensors_of(content: Any) -> list[Tensor]:
    r"""All tensors that an object holds, such as the result of a model, in order."""
    with _Collected() as collected:
        copy.deepcopy(content)
    return collected.found
