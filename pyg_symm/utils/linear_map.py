"""Linear maps with a backward pass of their own that every transform of :mod:`torch.func` takes."""

from typing import Any

import torch
from torch import Tensor


class LinearMap(torch.autograd.Function):
    r"""A function that is linear in its floating-point tensors, along their first dimension.

    A subclass defines ``forward`` without a context, and ``backward``, for which the tensors of
    integers are the saved tensors and the integers are ``ctx.sizes``. It is called by
    :func:`apply`.
    """

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_for_backward(*(i for i in inputs if isinstance(i, Tensor) and not _varies(i)))
        ctx.sizes = tuple(i for i in inputs if isinstance(i, int))

    @classmethod
    def vmap(cls, info: Any, in_dims: tuple[int | None, ...], *args: Any) -> tuple[Tensor, int]:
        """Puts the new dimension second, where it is one more dimension of the rows."""
        moved = []
        for arg, dim in zip(args, in_dims, strict=True):
            if dim is not None and not _varies(arg):
                raise ValueError("'vmap' over sets, indices or plans is not supported")
            if isinstance(arg, Tensor) and _varies(arg):
                same = arg.unsqueeze(1).expand(-1, info.batch_size, *arg.shape[1:])
                arg = same if dim is None else arg.movedim(dim, 1)
            moved.append(arg)
        return cls.apply(*moved), 1


def apply(function: type[LinearMap], *args: Any) -> Tensor:
    r"""Calls a linear map.

    Compiled code takes no function with a forward mode, so the two are two classes.
    """
    if torch.compiler.is_compiling():
        return function.apply(*args)
    if function not in _with_jvp:
        _with_jvp[function] = type(function.__name__, (_ForwardMode, function), {"base": function})
    return _with_jvp[function].apply(*args)


_with_jvp: dict[type[LinearMap], Any] = {}


class _ForwardMode(LinearMap):
    """Adds the forward mode of a linear map: the map itself, of the tangents."""

    base: type[LinearMap]

    @classmethod
    def setup_context(cls, ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        cls.base.setup_context(ctx, inputs, output)
        ctx.map = cls.base
        ctx.constants = [None if _varies(i) else i for i in inputs]

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Tensor:
        pairs = zip(tangents, ctx.constants, strict=True)
        return apply(ctx.map, *(t if c is None else c for t, c in pairs))


def _varies(arg: Any) -> bool:
    return isinstance(arg, Tensor) and (arg.is_floating_point() or arg.is_complex())
