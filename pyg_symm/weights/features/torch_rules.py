r"""Rules for the modules of :mod:`torch.nn`."""

from collections.abc import Callable
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from .rules import MergeRule, Refusal, register_merge_rule

OVER_UNITS = "its statistics run over the units, so that a copy of a unit counts"


def set_sizes(module: nn.Module, **sizes: int) -> None:
    r"""Sets attributes that a module has."""
    for name, size in sizes.items():
        if hasattr(module, name):
            setattr(module, name, size)


def _linear(module: Any) -> None:
    rows, columns = module.weight.shape[:2]
    set_sizes(module, in_features=columns, out_features=rows)


def _conv(module: Any) -> None:
    rows, columns = module.weight.shape[:2]
    if module.groups > 1:  # Every channel by itself.
        module.groups = columns = rows
    set_sizes(module, in_channels=columns, out_channels=rows)


def _conv_transpose(module: Any) -> None:
    set_sizes(module, in_channels=module.weight.size(0), out_channels=module.weight.size(1))


def _refuse_groups(module: Any) -> list[Refusal]:
    if module.groups == 1 or module.groups == module.in_channels == module.out_channels:
        return []
    return [("weight", None, f"a convolution with {module.groups} groups")]


def _refuse_transposed_groups(module: Any) -> list[Refusal]:
    return [] if module.groups == 1 else [("weight", None, "a convolution with groups")]


def _norm(module: Any) -> None:
    vector = module.weight if module.weight is not None else module.running_mean
    if vector is not None:
        set_sizes(module, num_features=len(vector))


def _refuse_all(reason: str) -> Callable[[Any], list[Refusal]]:
    return lambda module: [("*", None, reason)]


def _recurrent(module: Any) -> None:
    cell = isinstance(module, nn.RNNCellBase)
    rows = module.weight_ih if cell else module.weight_ih_l0
    inner = module.weight_hh if cell else module.weight_hh_l0
    module.input_size, module.hidden_size = rows.size(1), inner.size(1)
    if cell:
        return
    if module.proj_size > 0:
        gates = {"GRU": 3, "LSTM": 4}.get(module.mode, 1)
        module.proj_size, module.hidden_size = inner.size(1), inner.size(0) // gates
    weights = [getattr(module, name, None) for name in module._flat_weights_names]
    module._flat_weights = weights


VECTORS = {name: ("in",) for name in ("weight", "bias", "running_mean", "running_var")}
register_merge_rule(nn.Linear, rule=MergeRule({"weight": ("in", "out"), "bias": ("in",)}, _linear))
register_merge_rule(
    *(nn.Conv1d, nn.Conv2d, nn.Conv3d),
    rule=MergeRule(
        {"weight": ("in", "out", "keep", "keep", "keep"), "bias": ("in",)}, _conv, _refuse_groups
    ),
)
register_merge_rule(
    *(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d),
    rule=MergeRule(
        {"weight": ("out", "in", "keep", "keep", "keep"), "bias": ("in",)},
        _conv_transpose,
        _refuse_transposed_groups,
    ),
)
register_merge_rule(_NormBase, rule=MergeRule(VECTORS, _norm))
register_merge_rule(
    *(nn.LayerNorm, nn.RMSNorm, nn.GroupNorm),
    rule=MergeRule({"*": ("in",) * 3}, refuse=_refuse_all(OVER_UNITS)),
)
register_merge_rule(
    nn.PReLU,
    rule=MergeRule({"weight": ("in",)}, lambda m: set_sizes(m, num_parameters=len(m.weight))),
)
register_merge_rule(
    nn.Embedding,
    rule=MergeRule(
        {"weight": ("keep", "in")}, lambda m: set_sizes(m, embedding_dim=m.weight.size(1))
    ),
)
register_merge_rule(
    *(nn.RNNBase, nn.RNNCellBase),
    rule=MergeRule({"weight_*": ("in", "out"), "bias_*": ("in",)}, _recurrent),
)
register_merge_rule(
    nn.MultiheadAttention,
    rule=MergeRule(
        {"*": ("in", "out")},
        refuse=_refuse_all("products of queries and keys sum over units"),
    ),
)
