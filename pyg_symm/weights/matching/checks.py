"""Checks of what a matching gets, before long work begins."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ..heads import check_heads
from ..permutations import Permutation, check_permutation
from ..spec import PermutationSpec


def check_models(spec: PermutationSpec, models: Mapping[str, Mapping[str, Any]]) -> None:
    r"""Checks that the specification describes all state dicts, and that they are on one device.

    Args:
        spec (PermutationSpec): The classes.
        models (dict): State dicts by the names of arguments.

    Raises:
        ValueError: If one does not fit. The message names the argument and the tensor.
    """
    shapes: dict[str, tuple[str, torch.Size, torch.device]] = {}
    for argument, state_dict in models.items():
        try:
            spec.validate(state_dict)
        except ValueError as error:
            raise ValueError(f"'{argument}': {error}") from error
        for name in spec.axes:
            tensor = state_dict[name]
            first, shape, device = shapes.setdefault(name, (argument, tensor.shape, tensor.device))
            if tensor.shape != shape or tensor.device != device:
                raise ValueError(
                    f"tensor '{name}' is {list(shape)} on {device} in '{first}' and "
                    f"{list(tensor.shape)} on {tensor.device} in '{argument}'"
                )
            kind, other = _kind(tensor), _kind(models[first][name])
            if kind != other:
                raise ValueError(
                    f"tensor '{name}' is {other} in '{first}' and {kind} in '{argument}'"
                )


def _kind(tensor: Tensor) -> str:
    if tensor.is_complex():
        return "complex"
    return "real" if tensor.is_floating_point() else "whole numbers"


def check_start(spec: PermutationSpec, init: Mapping[str, Tensor] | None) -> Permutation | None:
    r"""A legal permutation of all classes. Those that are left out stay.

    Raises:
        ValueError: If it is not legal.
    """
    if init is None:
        return None
    check_permutation(init, spec.classes)
    check_heads(spec.groups, spec.classes, init)
    return {**spec.identity(), **{name: p.cpu() for name, p in init.items()}}
