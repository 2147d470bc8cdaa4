"""How much of what enters a layer lies in its dominant directions."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad, unfold
from torch_geometric.nn import Linear

from .forwards import Forward, run_over
from .states import copy_of


class InputShare(NamedTuple):
    r"""The share of a layer's input in its right singular directions.

    Args:
        share (float): The share in the dominant directions.
        num_dominant (int): How many directions are dominant.
        curve (list): The share in the first 1, 2, ... directions.
    """

    share: float
    num_dominant: int
    curve: list[float]


def dominant_input_share(
    model: torch.nn.Module,
    batches: Iterable[Any],
    gamma: float = 0.3,
    *,
    forward: Forward | None = None,
) -> dict[str, InputShare]:
    r"""Measures how much of what enters each layer lies in its dominant right directions.

    .. math::
        \frac{\sum_{i \in G} \mathbb{E} (v_i \cdot z)^2}{\mathbb{E} \| z \|^2}, \quad
        G = \{ i : s_i \ge \gamma \, s_{\max} \}

    Where it is large, only the directions that weight matching aligns act on the input, as
    `"Analysis of Linear Mode Connectivity via Permutation-Based Weight Matching"
    <https://arxiv.org/abs/2402.04051>`_ argues.

    Args:
        model (torch.nn.Module): The network, which stays as it is. Linear layers of PyTorch and
            PyG and convolutions in one and two dimensions without groups are measured, if they are
            called; for convolutions, :math:`z` are the patches under the kernel.
        batches (Iterable): Inputs; see :func:`~pyg_symm.weights.connectivity.call_model`.
        gamma (float, optional): The threshold :math:`\gamma` in :math:`[0, 1]`.
            (default: :obj:`0.3`)
        forward (Callable, optional): How to call the model on a batch, ``forward(model, batch)``.

    Returns:
        dict: One :class:`InputShare` for the name of each layer. Layers whose inputs or weights are
        zero are left out.

    Raises:
        ValueError: If there is no batch, or if the threshold is outside of :math:`[0, 1]`.

    Examples:
        >>> model = torch.nn.Linear(2, 2, bias=False)
        >>> _ = model.load_state_dict({"weight": torch.tensor([[1.0, 0.0], [0.0, 0.1]])})
        >>> dominant_input_share(model, [torch.tensor([[3.0, 1.0]])])[""].share
        0.9
    """
    if not 0 <= gamma <= 1:
        raise ValueError(f"'gamma' must be in [0, 1] (got {gamma})")
    model = copy_of(model)
    meters: dict[str, _Meter] = {}
    for name, layer in model.named_modules():
        if _is_measured(layer):
            meters[name] = _Meter(layer)
            layer.register_forward_pre_hook(meters[name])
    run_over(model, batches, forward)
    return {name: meter.result(gamma) for name, meter in meters.items() if meter.total > 0}


class _Meter:
    """Sums the squares of an input along each right direction."""

    def __init__(self, layer: torch.nn.Module) -> None:
        weight: Tensor = layer.weight  # type: ignore[assignment]
        matrix = weight.detach().double().flatten(1)
        _, self.values, self.directions = torch.linalg.svd(matrix, full_matrices=False)
        self.squares = torch.zeros_like(self.values)
        self.total = 0.0

    def __call__(self, layer: torch.nn.Module, args: tuple[Tensor, ...]) -> None:
        rows = _rows(layer, args[0].detach()).double()
        if float(self.values.max()) > 0:
            self.squares += (rows @ self.directions.T).square().sum(dim=0)
            self.total += float(rows.square().sum())

    def result(self, gamma: float) -> InputShare:
        curve = (self.squares.cumsum(0) / self.total).clamp(max=1.0).tolist()  # But for round-off.
        num = int((self.values >= gamma * self.values.max()).sum())
        return InputShare(curve[num - 1], num, curve)


def _is_measured(layer: torch.nn.Module) -> bool:
    if isinstance(layer, torch.nn.Linear | Linear):
        return True
    return isinstance(layer, torch.nn.Conv1d | torch.nn.Conv2d) and layer.groups == 1


def _rows(layer: torch.nn.Module, x: Tensor) -> Tensor:
    """What each output of a layer is computed from."""
    if not isinstance(layer, torch.nn.Conv1d | torch.nn.Conv2d):
        return x.flatten(0, -2)
    if x.dim() == len(layer.kernel_size) + 1:  # Without a batch.
        x = x.unsqueeze(0)
    mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
    x = pad(x, layer._reversed_padding_repeated_twice, mode=mode)
    kernel, dilation, stride = layer.kernel_size, layer.dilation, layer.stride
    if isinstance(layer, torch.nn.Conv1d):
        x = x.unsqueeze(2)
        kernel, dilation, stride = ((1, *size) for size in (kernel, dilation, stride))
    return unfold(x, kernel, dilation, 0, stride).transpose(1, 2).flatten(0, 1)
