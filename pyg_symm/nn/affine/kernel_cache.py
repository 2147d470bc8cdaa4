"""Kernels that evaluation computes once for unchanged parameters and samples."""

import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

from pyg_symm.groups import GroupSamples
from pyg_symm.utils.plain import needs_plain_functions

T = TypeVar("T")
# Of each module: the tensors that its last kernel depends on, their state then, and the kernel.
_kernels: weakref.WeakKeyDictionary[
    torch.nn.Module, tuple[list[weakref.ref[Tensor]], list[tuple[Any, ...]], Any]
] = weakref.WeakKeyDictionary()


def cached_kernel(
    module: torch.nn.Module, samples: Sequence[GroupSamples], compute: Callable[[], T]
) -> T:
    r"""The kernel of a module in evaluation, computed anew once something changed.

    The last kernel of each module is kept. It belongs to the very tensors that it was computed
    from, the parameters of the module and the samples, as long as no operation of PyTorch has
    written to them. Writes that PyTorch does not count, such as those to ``parameter.data``, are
    not noticed. Nothing is kept in training, where gradients are recorded, while compiling, or in
    the transforms of :mod:`torch.func`.

    Args:
        module (torch.nn.Module): Whose parameters the kernel depends on.
        samples (sequence of GroupSamples): What else it depends on.
        compute (callable): Computes the kernel.
    """
    if module.training or torch.is_grad_enabled() or needs_plain_functions():
        return compute()
    tensors = [*module.parameters(), *module.buffers()]
    for each in samples:
        tensors += [each.elements, each.inverses, each.log_weights]
    if any(tensor.is_inference() for tensor in tensors):
        return compute()  # No version counter to trust.
    state = [(t.data_ptr(), t.dtype, t.device, t._version) for t in tensors]
    found = _kernels.get(module)
    if found is not None and found[1] == state:
        if all(ref() is tensor for ref, tensor in zip(found[0], tensors, strict=True)):
            return found[2]
    with torch.inference_mode(False), torch.no_grad():
        kernel = compute()
    _kernels[module] = ([weakref.ref(tensor) for tensor in tensors], state, kernel)
    return kernel
