r"""Smaller modules out of merged state dicts."""

import copy
from collections.abc import Mapping

from torch import Tensor
from torch.nn import Module, Parameter

from .rules import rule_of


def resized(model: Module, state: Mapping[str, Tensor]) -> Module:
    r"""A copy of a model with tensors of other shapes.

    Attributes such as ``in_channels`` follow the shapes. Parameters that are shared stay shared.

    Args:
        model (torch.nn.Module): The model, which stays as it is.
        state (dict): Its tensors, with new shapes.
    """
    model = copy.deepcopy(model)
    new: dict[int, Parameter] = {}
    for prefix, module in model.named_modules(remove_duplicate=False):
        inside = f"{prefix}." if prefix else ""
        for name, old in module._parameters.items():
            if old is None or f"{inside}{name}" not in state:
                continue
            if id(old) not in new:
                tensor = state[f"{inside}{name}"].to(old.device, copy=True)
                new[id(old)] = Parameter(tensor, requires_grad=old.requires_grad)
                new[id(new[id(old)])] = new[id(old)]  # Met again where modules are shared.
            module._parameters[name] = new[id(old)]
        for name, buffer in module._buffers.items():
            if buffer is not None and f"{inside}{name}" in state:
                module._buffers[name] = state[f"{inside}{name}"].to(buffer.device, copy=True)
    for module in reversed(list(model.modules())):
        rule = rule_of(module)
        if rule is not None:
            rule.resize(module)
    return model
