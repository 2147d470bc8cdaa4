r"""What each type of module is to the units that its tensors write and read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch.nn import Module

#: A pattern of tensors below a module, one of their dimensions (all if None), and why its units
#: cannot be merged.
Refusal = tuple[str, int | None, str]


def _nothing(module: Module) -> None:
    pass


def _no_refusals(module: Module) -> list[Refusal]:
    return []


@dataclass(frozen=True)
class MergeRule:
    r"""How the tensors of a module change when units are merged.

    A dimension is ``"in"`` where the tensor writes the units, or belongs to them as a bias or the
    scale of a norm does: merged units get the mean. It is ``"out"`` where the tensor reads them:
    merged units get the sum. ``"keep"`` does not let classes on it be merged, but leaves them as
    they are.

    Args:
        roles (dict): For patterns of the module's own tensors, the role of each dimension.
        resize (callable, optional): Sets attributes such as ``in_channels`` of a module whose
            tensors have new shapes.
        refuse (callable, optional): What cannot be merged, in this module and those below.
    """

    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    resize: Callable[[Any], None] = _nothing
    refuse: Callable[[Any], list[Refusal]] = _no_refusals


RULES: dict[type[Module], MergeRule] = {}


def register_merge_rule(*types: type[Module], rule: MergeRule) -> None:
    r"""Says how modules of some types are merged, and of types derived from them.

    Examples:
        >>> import torch
        >>> class Scale(torch.nn.Module):
        ...     def __init__(self, channels):
        ...         super().__init__()
        ...         self.scale = torch.nn.Parameter(torch.ones(channels))
        ...     def forward(self, x):
        ...         return x * self.scale
        >>> register_merge_rule(Scale, rule=MergeRule({"scale": ("in",)}))
    """
    RULES.update(dict.fromkeys(types, rule))


def rule_of(module: Module) -> MergeRule | None:
    r"""The rule of the nearest type that has one, or :obj:`None`."""
    return next((RULES[kind] for kind in type(module).__mro__ if kind in RULES), None)
