"""Means and variances of what layers put out."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .forwards import Forward, run_over


class Moments(NamedTuple):
    r"""Mean :math:`(C)` and standard deviation :math:`(C)` of each unit, in float64."""

    mean: Tensor
    std: Tensor


class _Sums:
    """Collects outputs; its place among the layers is the order of their first calls."""

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self.count = 0
        self.mean: Tensor | None = None
        self.square: Tensor | None = None  # Sums of squared distances from the mean.

    def __call__(self, layer: torch.nn.Module, args: Any, out: Tensor) -> None:
        rows = out.detach().movedim(self.dim, -1).flatten(0, -2).double()
        if rows.size(0) == 0:
            return
        count, mean = rows.size(0), rows.mean(dim=0)
        square = (rows - mean).square().sum(dim=0)
        if self.mean is None or self.square is None:
            self.count, self.mean, self.square = count, mean, square
            return
        # Merged as by Chan et al.: squares of the values themselves would cancel.
        total, shift = self.count + count, mean - self.mean
        self.mean = self.mean + shift * count / total
        self.square = self.square + square + shift.square() * self.count * count / total
        self.count = total


def measure(
    model: torch.nn.Module,
    dims: Mapping[str, int],
    batches: Iterable[Any],
    forward: Forward | None = None,
) -> dict[str, Moments]:
    r"""Measures mean and deviation of the outputs of layers.

    Args:
        model (torch.nn.Module): The network, in evaluation mode.
        dims (dict): Names of layers, and the dimension of their outputs that holds the units.
        batches (Iterable): Inputs.
        forward (Callable, optional): How to call the model on a batch.

    Returns:
        dict: Moments of each layer that was called, in the order of the first calls.
    """
    order: dict[str, _Sums] = {}
    hooks = []
    for name, dim in dims.items():
        hooks.append(_watch(model.get_submodule(name), name, _Sums(dim), order))
    run_over(model, batches, forward)
    for hook in hooks:
        hook.remove()
    found = {}
    for name, sums in order.items():
        if sums.mean is not None and sums.square is not None:
            found[name] = Moments(sums.mean, (sums.square / sums.count).sqrt())
    return found


def _watch(layer: torch.nn.Module, name: str, sums: _Sums, order: dict[str, _Sums]) -> Any:
    def hook(module: torch.nn.Module, args: Any, out: Tensor) -> None:
        order.setdefault(name, sums)(module, args, out)

    return layer.register_forward_hook(hook)
