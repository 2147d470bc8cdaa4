"""How much tensor memory a piece of code needs."""

import weakref
from collections.abc import Callable

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class _LiveStorages(TorchDispatchMode):
    """Counts the bytes of storages that operators create or enlarge, until they are freed."""

    def __init__(self) -> None:
        super().__init__()
        self.live = 0
        self.peak = 0
        self._sizes: dict[int, tuple[int, int]] = {}  # Bytes at first sight, and bytes now.

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        before = self._storages((args, kwargs))
        for storage in before:
            self._see(storage, storage.nbytes())  # Not made here.
        out = func(*args, **kwargs)
        # What was passed in may have grown: by `resize_`, or by `out=`.
        for storage in [*before, *self._storages(out)]:
            self._see(storage, 0)
            first, last = self._sizes[storage._cdata]
            self._sizes[storage._cdata] = first, storage.nbytes()
            self._add(storage.nbytes() - last)
        return out

    @staticmethod
    def _storages(tree: object) -> list[torch.UntypedStorage]:
        tensors = (leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor))
        return [t.untyped_storage() for t in tensors if t.layout == torch.strided]

    def _see(self, storage: torch.UntypedStorage, size: int) -> None:
        if storage._cdata not in self._sizes:
            self._sizes[storage._cdata] = size, size
            weakref.finalize(storage, self._freed, storage._cdata)

    def _freed(self, key: int) -> None:
        first, last = self._sizes.pop(key)
        self._add(first - last)

    def _add(self, size: int) -> None:
        self.live += size
        self.peak = max(self.peak, self.live)


def peak_memory(function: Callable[[], object]) -> int:
    r"""Peak bytes of the tensors that a call creates, alive at the same time.

    Counts the tensors that PyTorch operators return or enlarge, forward and backward, on any
    device. Scratch space inside a kernel is not counted, nor are sparse tensors. Repeatable, unlike
    the resident memory of a process.

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
