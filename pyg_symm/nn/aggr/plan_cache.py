"""Plans that are built once per batch and shared by layers."""

import weakref
from typing import Any

import torch
from torch import Tensor

from .tree_plan import TreePlan

_plans: dict[tuple[Any, ...], tuple[weakref.ref, int, TreePlan]] = {}


def cached_plan(
    index: Tensor | None, ptr: Tensor | None = None, dim_size: int | None = None
) -> TreePlan:
    r"""The plan of ``ptr``, or else of ``index``, built at most once for unchanged tensors.

    All layers of a model, and all epochs over a graph that stays in memory, share one plan. It is
    dropped together with the memory of the tensor that it was built from, and built anew once that
    memory has been written to by an operation of PyTorch. Writes that PyTorch does not count, such
    as those to ``tensor.data`` or to a NumPy array that shares the memory, are not noticed: the
    old plan is returned.

    Args:
        index (torch.Tensor, optional): The set of each element :math:`(E)`.
        ptr (torch.Tensor, optional): Boundaries of contiguous sets :math:`(S + 1)`.
        dim_size (int, optional): The number of sets. (default: ``index.max() + 1``)
    """
    source = index if ptr is None else ptr
    if source is None:
        raise ValueError("one of 'index' and 'ptr' must be given (got None)")
    if source.is_inference() or torch.compiler.is_compiling():
        return build_plan(index, ptr, dim_size)  # No version counter to trust.
    storage = source.untyped_storage()
    key = (
        storage._cdata,
        source.storage_offset(),
        source.stride(),
        source.shape,
        source.dtype,
        ptr is None,
        dim_size,
    )
    found = _plans.get(key)
    if found is not None and found[0]() is storage and found[1] == source._version:
        return found[2]
    with torch.inference_mode(False):  # Training may use the plan afterwards.
        plan = build_plan(index, ptr, dim_size)
    _plans[key] = (weakref.ref(storage, lambda _: _plans.pop(key, None)), source._version, plan)
    return plan


def build_plan(
    index: Tensor | None, ptr: Tensor | None = None, dim_size: int | None = None
) -> TreePlan:
    """The plan of ``ptr`` if it is given, of ``index`` otherwise."""
    if ptr is not None:
        return TreePlan.from_ptr(ptr)
    if index is None:
        raise ValueError("one of 'index' and 'ptr' must be given (got None)")
    return TreePlan.from_index(index, dim_size)
