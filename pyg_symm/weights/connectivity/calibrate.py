"""Statistics of normalisation layers, measured anew."""

from collections.abc import Iterable
from typing import Any

import torch

from .forwards import Forward, run_over
from .states import copy_of


def recalibrate(
    model: torch.nn.Module, batches: Iterable[Any], *, forward: Forward | None = None
) -> torch.nn.Module:
    r"""Measures the running statistics of batch norm anew.

    The mean of two networks has the mean of their statistics, which are not those of its own
    activations; without this step it is often no better than chance. Means and variances are
    averaged over all batches with equal weights. Dropout is off.

    Args:
        model (torch.nn.Module): The network, which stays as it is. Every layer with a
            ``running_mean`` takes part: batch and instance norm of PyTorch and of PyG.
        batches (Iterable): Inputs, in batches as large as in training; see
            :func:`~pyg_symm.weights.connectivity.call_model` for what they may be.
        forward (Callable, optional): How to call a model on a batch, ``forward(model, batch)``.

    Returns:
        torch.nn.Module: A copy in evaluation mode. Without such layers it is a mere copy.

    Raises:
        ValueError: If there is no batch, or if statistics are not finite.

    Examples:
        >>> model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8))
        >>> x = torch.randn(64, 4)
        >>> recalibrate(model, [x])(x).mean(dim=0).abs().max() < 1e-5
        tensor(True)
    """
    model = copy_of(model)
    layers = {name: layer for name, layer in model.named_modules() if has_statistics(layer)}
    if not layers:
        return model
    hooks = [layer.register_forward_pre_hook(_Cumulative()) for layer in layers.values()]
    momenta = {name: layer.momentum for name, layer in layers.items()}
    for layer in layers.values():
        layer.reset_running_stats()
        layer.train()
    run_over(model, batches, forward)
    for hook in hooks:
        hook.remove()
    for name, layer in layers.items():
        layer.momentum = momenta[name]
        for kind in ("running_mean", "running_var"):
            if not getattr(layer, kind).isfinite().all():
                raise ValueError(f"'{name}.{kind}' is not finite on 'batches'")
    return model.eval()


def has_statistics(module: torch.nn.Module) -> bool:
    """Whether a layer keeps running statistics of its inputs."""
    return getattr(module, "running_mean", None) is not None and hasattr(
        module, "reset_running_stats"
    )


class _Cumulative:
    """Sets the momentum with which a running average becomes that of all calls so far."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, layer: torch.nn.Module, args: tuple[Any, ...]) -> None:
        self.calls += 1
        layer.momentum = 1 / self.calls  # type: ignore[assignment]
