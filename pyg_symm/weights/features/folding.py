r"""Batch norms folded into the layer before, as far as distances and means of units go.

In evaluation mode, a batch norm after a linear layer scales every unit and shifts it,

.. math::
    \hat{w}_i = s_i w_i, \qquad \hat{b}_i = s_i (b_i - \mu_i) + \beta_i, \qquad
    s_i = \gamma_i / \sqrt{\sigma_i^2 + \epsilon},

so that units with different :math:`w_i` may do the same. Distances are those of
:math:`(\hat{w}_i, \hat{b}_i)`, and merged units get their means. The norm stays in the network.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.fx import Node
from torch_geometric import nn as pyg

from ..axes import plain_axis
from .blocks import Block
from .groups import Groups, labels_of, merge_state
from .layout import Layout

#: Layers whose output is linear in the tensors that write its units.
LINEAR = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, pyg.Linear)
SUMS = (pyg.GCNConv, pyg.SGConv, pyg.ChebConv, pyg.TAGConv)
AFTER = (pyg.GraphConv, pyg.SAGEConv)


@dataclass(frozen=True)
class Fold:
    r"""A batch norm and the tensors of the linear layer before it.

    Args:
        name (str): The class.
        norm (str): The prefix of the norm's tensors.
        eps (float): The constant that is added to variances.
        weights (tuple): Tensors with the class as their first axis.
        biases (tuple): Biases, which are summed.
    """

    name: str
    norm: str
    eps: float
    weights: tuple[str, ...]
    biases: tuple[str, ...]

    def vectors(self, state: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        r"""The weight, bias, mean and variance of the norm, and 1 and 0 where it has none."""
        mean = state[f"{self.norm}running_mean"].double()
        weight, bias = (state.get(f"{self.norm}{name}") for name in ("weight", "bias"))
        return (
            torch.ones_like(mean) if weight is None else weight.double(),
            torch.zeros_like(mean) if bias is None else bias.double(),
            mean,
            state[f"{self.norm}running_var"].double(),
        )

    def scale(self, state: Mapping[str, Tensor]) -> Tensor:
        r"""The factor of each unit :math:`(n)`."""
        weight, _, _, variance = self.vectors(state)
        return weight / (variance + self.eps).sqrt()

    def bias(self, state: Mapping[str, Tensor]) -> Tensor:
        r"""The sum of the biases of each unit :math:`(n)`."""
        total = torch.zeros_like(self.vectors(state)[2])
        return total + sum(state[name].double() for name in self.biases)

    def shift(self, state: Mapping[str, Tensor]) -> Tensor:
        r"""The bias of each unit with the norm :math:`(n)`."""
        _, bias, mean, _ = self.vectors(state)
        return self.scale(state) * (self.bias(state) - mean) + bias

    @property
    def own(self) -> set[str]:
        r"""The vectors that the shift stands for."""
        names = ("weight", "bias", "running_mean", "running_var")
        return {*self.biases, *(f"{self.norm}{name}" for name in names)}


def folded_blocks(layout: Layout, folds: list[Fold]) -> list[Block]:
    r"""The arrays of a model whose norms are folded."""
    state, shifts = dict(layout.state), []
    for fold in folds:
        scale = fold.scale(layout.state)
        for name in fold.weights:
            state[name] = _scaled(state[name].double(), scale)
        for name in fold.own & state.keys():
            del state[name]
        shifts.append(Block(fold.shift(layout.state).cpu(), (fold.name,), ("in",)))
    return layout.blocks(state) + shifts


def merge_folded(layout: Layout, folds: list[Fold], groups: Groups) -> dict[str, Tensor]:
    r"""Merged tensors, with means taken where norms are folded.

    The norm of a merged unit has the mean weight, bias and variance of its units; the layer before
    and the running mean are those that make up the means of the folded weights.
    """
    out = merge_state(layout, groups)
    for fold in folds:
        if len(groups[fold.name]) == layout.spec.classes[fold.name]:
            continue
        state = layout.state
        device = state[fold.weights[0]].device
        labels = labels_of(groups[fold.name], layout.spec.classes[fold.name]).to(device)
        used = labels >= 0
        merged = (labels[used].bincount() > 1).nonzero().view(-1)
        scale = fold.scale(state)

        def mean(vector: Tensor, labels: Tensor = labels, used: Tensor = used) -> Tensor:
            sums = torch.zeros_like(labels[used].bincount(), dtype=torch.float64)
            return sums.index_add(0, labels[used], vector[used]) / labels[used].bincount()

        weight, _, running, variance = fold.vectors(state)
        size = mean(weight.abs())
        gain = mean(weight)
        # Units of opposite signs have no common scale; that of their sizes does as well.
        gain = torch.where(gain.abs() < size / 2, size, gain)
        merged = merged[size[merged] > 0]
        new_scale = gain / (mean(variance) + fold.eps).sqrt()
        scaled = {name: _scaled(state[name].double(), scale) for name in fold.weights}
        for name, tensor in merge_state(layout, groups, scaled).items():
            _put(out, name, merged, _scaled(tensor[merged], 1 / new_scale[merged]))
        bias = sum((out[name].double() for name in fold.biases), torch.zeros_like(size))
        shifts = mean(scale * (running - fold.bias(state))) / new_scale
        _put(out, f"{fold.norm}running_mean", merged, (bias + shifts)[merged])
        if f"{fold.norm}weight" in out:
            _put(out, f"{fold.norm}weight", merged, gain[merged])
    return out


def _put(out: dict[str, Tensor], name: str, index: Tensor, rows: Tensor) -> None:
    out[name] = out[name].index_copy(0, index, rows.to(out[name].dtype))


def _scaled(tensor: Tensor, scale: Tensor) -> Tensor:
    return tensor * scale.view(-1, *[1] * (tensor.dim() - 1))


def find_folds(layout: Layout) -> list[Fold]:
    r"""Batch norms that directly follow a linear layer, whose units only this layer writes.

    The order of modules comes from a symbolic trace. A model that cannot be traced has no folds;
    its units are then compared by their weights and by the vectors of the norms.
    """
    graph = layout.graph
    modules = dict(layout.model.named_modules())
    nodes = [node for node in graph.nodes if node.op == "call_module"] if graph else []
    calls = [node.target for node in nodes]
    folds: list[Fold] = []
    for node in nodes:
        before = node.args[0] if node.args else None
        if not isinstance(before, Node) or before.op != "call_module":
            continue
        if calls.count(node.target) == calls.count(before.target) == 1:
            folds += _fold(layout, modules, str(before.target), str(node.target))
    return folds


def _fold(layout: Layout, modules: dict[str, nn.Module], before: str, after: str) -> Iterator[Fold]:
    norm: Any = modules[after]
    prefix = f"{after}."
    if isinstance(norm, pyg.BatchNorm):
        norm, prefix = norm.module, f"{after}.module."
    writer = _linear_part(modules[before])
    if not isinstance(norm, nn.modules.batchnorm._BatchNorm) or writer is None:
        return
    mean = f"{prefix}running_mean"
    atoms = [a for axis in layout.spec.axes.get(mean, ()) for part in axis for a in part]
    if len(atoms) != 1 or atoms[0].name not in layout.free or not norm.track_running_stats:
        return
    name, inside = str(atoms[0].name), ".".join(filter(None, (before, writer)))
    places = [
        place.tensor
        for place in layout.spec.occurrences(name)
        if layout.roles[place.tensor][place.dim] == "in" and not place.tensor.startswith(prefix)
    ]
    rows = plain_axis(name, layout.spec.classes[name])
    mine = all(
        place.startswith(f"{inside}.") and layout.spec.axes[place][0] == rows for place in places
    )
    if mine and len(set(places)) == len(places):
        tensors = layout.state
        weights = tuple(place for place in places if tensors[place].dim() > 1)
        biases = tuple(place for place in places if tensors[place].dim() == 1)
        yield Fold(name, prefix, norm.eps, weights, biases)


def _linear_part(module: Any) -> str | None:
    """The submodule that writes the output, if the output is linear in its tensors."""
    if isinstance(module, LINEAR) or (
        isinstance(module, AFTER) and not module.__dict__.get("normalize")
    ):
        return ""
    if isinstance(module, SUMS):
        return "" if module.aggr in ("add", "sum", "mean") else None
    if isinstance(module, pyg.GINConv | pyg.GINEConv):
        inner = _linear_part(module.nn)
        return None if inner is None else ".".join(filter(None, ("nn", inner)))
    if isinstance(module, pyg.MLP) and module.plain_last:
        return f"lins.{len(module.lins) - 1}"
    if isinstance(module, nn.Sequential) and len(module) and isinstance(module[-1], LINEAR):
        return str(len(module) - 1)
    return None
