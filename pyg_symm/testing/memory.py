"""How much tensor memory a piece of code needs."""

import weakref
from collections.abc import Callable

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class _LiveStorages(TorchDispatchMode):
    """Follows the tensor storages that operators create, until they are freed."""

    def __init__(self) -> None:
        super().__init__()
        self.live = 0
        self.peak = 0
        self._seen: set[int] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        for tensor in tree_leaves((args, kwargs)):
            if isinstance(tensor, torch.Tensor):
                self._seen.add(tensor.untyped_storage()._cdata)  # Not made here.
        out = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, torch.Tensor):
                self._follow(tensor.untyped_storage())
        return out

    def _follow(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key not in self._seen:
            self._seen.add(key)
            self.live += size
            self.peak = max(self.peak, self.live)
            weakref.finalize(storage, self._freed, key, size)

    def _freed(self, key: int, size: int) -> None:
        self._seen.discard(key)
        self.live -= size


def peak_memory(function: Callable[[], object]) -> int:
    r"""Peak bytes of the tensors that a call creates, alive at the same time.

    Counts what PyTorch operators return, forward and backward, on any device; scratch space
    inside a kernel is not seen. Exact and repeatable, unlike the resident memory of a process.

    Args:
        function (Callable): Called once without arguments.

    Examples:
        >>> x = torch.ones(1000)
        >>> peak_memory(lambda: (x + 1) * 2)
        8000
    """
    with _LiveStorages() as storages:
        function()
    return storages.peak
