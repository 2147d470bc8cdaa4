"""Parts of an object that are computed when they are first asked for."""

from collections.abc import Callable
from typing import Any

import torch


def lazy(method: Callable[[Any], Any]) -> Any:
    r"""A property that is computed once and kept in the object's dictionary ``parts``.

    Unlike :func:`functools.cached_property`, it is read inside of compiled code on every version
    of Python, is computed outside of inference mode, so that training may use it afterwards, and
    keeps nothing while :mod:`torch` traces, when tensors are not real.
    """
    name = method.__name__

    def get(self: Any) -> Any:
        if name in self.parts:
            return self.parts[name]
        if torch.compiler.is_compiling():
            return method(self)
        with torch.inference_mode(False):
            value = method(self)
        self.parts[name] = value
        return value

    get.__doc__ = method.__doc__
    return property(get)


def moved_parts(part: Any, device: torch.device | str) -> Any:
    r"""Parts on another device: dictionaries and tuples of tensors and other things that move."""
    if isinstance(part, dict):
        return {key: moved_parts(value, device) for key, value in part.items()}
    if type(part) is tuple:
        return tuple(moved_parts(value, device) for value in part)
    return part.to(device) if hasattr(part, "to") else part
