"""Axes of all tensors of a forward pass, as it runs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from . import rules as rules
from .call import Axes, Call, Stack
from .origins import Origins
from .reads import Reads
from .registry import Rule, find_rule
from .rules.pointwise import is_pointwise, pointwise
from .solver import Solver
from .terms import Term, Units, fresh, frozen, holds, movable, term_size

# Ways of a tensor's entries to where no operation is seen.
ESCAPES = {
    Tensor.numpy: "Tensor.numpy",
    Tensor.tolist: "Tensor.tolist",
    Tensor.__array__: "Tensor.__array__",
    Tensor.__dlpack__: "Tensor.__dlpack__",
}


class Tracer(TorchDispatchMode):
    r"""Follows the axes of tensors through each operation that runs in its context.

    Args:
        stored (dict): The tensors of a model's state by name.
        constants (list of torch.Tensor): Its other tensors that never change.
    """

    def __init__(self, stored: Mapping[str, Tensor], constants: list[Tensor]) -> None:
        super().__init__()
        self.solver = Solver(self._report)
        self.stored = dict(stored)
        self.used: set[int] = set()
        self.path: list[str] = []  # Names of the modules that are running.
        # Axes of tensors that an operation, of a module, kept from moving in part or as wholes.
        self.losses: dict[tuple[str, str], set[tuple[str, int]]] = {}
        self._names = {id(x): name for name, x in self.stored.items()}
        self._origins = Origins(self.stored.values())
        self._reads = Reads()
        self._node = ""
        self._axes: dict[int, Axes] = {}
        self._stacks: dict[int, Stack] = {}
        self._seen: list[Axes] = []
        self._alive: list[Tensor] = []  # So that no other tensor gets the identity of one.
        self._by_memory: dict[int, Tensor] = {}
        self._uniform: set[int] = set()  # Memory whose entries are all equal.
        for x in self.stored.values():
            if id(x) not in self._axes:  # Integers are indices, or counts.
                numbers = x.is_floating_point() or x.is_complex()
                self._keep(x, tuple(map(fresh if numbers else frozen, x.shape)))
        for x in constants:
            axes = tuple(_constant(x, dim) for dim in range(x.dim()))
            ordered = any(term_size(term) > 1 and not movable(term) for term in axes)
            self._origins.add_constant(x, ordered)
            self._keep(x, axes)

    def is_table(self, tensor: Tensor) -> bool:
        r"""Whether a tensor depends on the state of the model only, and not on its inputs."""
        return self._origins.is_table(tensor)

    def part(self, tensor: Tensor, num: int) -> None:
        r"""Lets equal parts of the first axis of a tensor of the state move apart."""
        rest = self._axes[id(tensor)][0]
        for _ in range(num - 1):
            rest = self.solver.cut(rest, len(tensor) // num)[1]

    def resolved(self, tensor: Tensor) -> Axes:
        r"""The axes of a tensor of the state, at the end. One that was not used does not move."""
        if id(tensor) not in self.used:
            return tuple(map(frozen, tensor.shape))
        return tuple(map(self.solver.resolve, self._axes[id(tensor)]))

    def axes(self, tensor: Tensor) -> Axes:
        r"""The axes of a tensor. Those that no operation made are data, which does not move."""
        if id(tensor) in self._names:
            self.used.add(id(tensor))
        if (stack := self._stacks.pop(id(tensor), None)) is not None:
            first, *others = stack.slices
            for axes in others:
                for x, y in zip(first, axes, strict=True):
                    self.solver.unify(x, y)
            self._axes[id(tensor)] = first
        if id(tensor) not in self._axes:
            self._keep(tensor, self._alias(tensor))
        return self._axes[id(tensor)]

    def mix(self, axes: Axes) -> None:
        r"""Notes the axes along which an operation takes entries apart while it mixes those along
        all others. See :func:`find_heads`.
        """
        self._seen.append(axes)

    def seen(self) -> Iterator[Axes]:
        r"""Axes of all tensors so far, and those that were noted by :meth:`mix`."""
        return (tuple(map(self.solver.resolve, axes)) for axes in self._seen)

    def stack(self, tensor: Tensor) -> Stack | None:
        r"""The slices of a tensor, if they have axes of their own."""
        return self._stacks.get(id(tensor))

    def operand(self, tensor: Tensor) -> Axes:
        r"""The axes of a tensor that an operation reads.

        Entries that are all equal may be renumbered in a different way at each use.
        """
        axes = self.axes(tensor)
        if _storage(tensor) in self._uniform:
            return tuple(map(fresh, tensor.shape))
        return axes

    def freeze_unread(self) -> None:
        r"""Freezes units of the state that no operation has read."""
        read = self._reads.units(self.solver)
        for x in self.stored.values():
            for term in self._axes[id(x)]:
                for units in movable(self.solver.resolve(term)):
                    if units not in read:
                        self.solver.freeze(((units,),))

    def _known(self, tensors: Sequence[Tensor]) -> Iterator[Axes]:
        """The axes of tensors, also of those that are stacks. No rule asked for those of others."""
        for x in tensors:
            if (stack := self._stacks.get(id(x))) is not None:
                yield from stack.slices
            elif id(x) in self._axes:
                yield self._axes[id(x)]

    def _alias(self, tensor: Tensor) -> Axes:
        other = self._by_memory.get(_memory(tensor))
        if other is None:
            return tuple(map(frozen, tensor.shape))
        if other.shape == tensor.shape and other.stride() == tensor.stride():
            return self.axes(other)
        for term in self.axes(other):
            self.solver.freeze(term, lost=True)
        return tuple(map(frozen, tensor.shape))

    def _keep(self, tensor: Tensor, axes: Axes | Stack) -> None:
        if isinstance(axes, Stack):
            self._stacks[id(tensor)] = axes
            self._seen.extend(axes.slices)
        else:
            self._axes[id(tensor)] = axes
            self._seen.append(axes)
        self._alive.append(tensor)
        if memory := _memory(tensor):
            self._by_memory.setdefault(memory, tensor)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        call = Call(self, func, args, kwargs, out)
        self._node = call.name
        for x in call.written:
            self.axes(x)  # Its slices are one tensor from now on.
            self._uniform.discard(_storage(x))
        self.solver.loud = self._origins.loses(call)
        found = self._carry(call)
        self.solver.loud = False
        self._reads.add(call, all(map(self.is_table, call.tensors)), self._known(call.tensors))
        for tensor, axes in zip(call.results, found, strict=True):
            if id(tensor) not in self._axes and id(tensor) not in self._stacks:
                self._keep(tensor, axes)
            elif isinstance(axes, tuple):
                self._update(tensor, axes)
        self._origins.add_results(call)
        if call.makes_uniform:
            self._uniform |= set(map(_storage, call.results)) - {0}
        return out

    def _update(self, tensor: Tensor, axes: Axes) -> None:
        """Axes of a tensor that was written to."""
        before = self.axes(tensor)
        if tuple(map(term_size, before)) != tuple(tensor.shape):  # Resized.
            self._axes[id(tensor)] = axes
            return
        for x, y in zip(before, axes, strict=True):
            self.solver.unify(x, y)

    def _carry(self, call: Call) -> Sequence[Axes | Stack]:
        """Axes of all results."""
        rule: Rule | None = find_rule(call.func)
        if rule is None and is_pointwise(call.func):
            rule = pointwise
        if rule is not None:
            try:
                found = rule(call)
            except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError):
                found = []  # A use of the operation that its rule does not foresee.
            outs = found if isinstance(found, list) else [found]
            if list(map(_shape, outs)) == [tuple(x.shape) for x in call.results]:
                return outs
        for x in call.tensors:
            call.freeze(*call.axes(x))
        return [tuple(map(frozen, x.shape)) for x in call.results]

    def escape(self, tensor: Tensor, way: str) -> None:
        r"""Freezes a tensor whose entries are read as numbers."""
        self._node = way
        for term in self.axes(tensor):
            self.solver.freeze(term, lost=True)

    def _report(self, units: Units) -> None:
        """Notes which axes of the state are frozen by the operation that is running."""
        found = {
            (name, dim)
            for name, x in self.stored.items()
            for dim, term in enumerate(self._axes[id(x)])
            if holds(term, units)  # Resolving may freeze units, and come back here for them.
        }
        if found:
            node = (self._node, ".".join(self.path[-1:]))
            self.losses.setdefault(node, set()).update(found)


class Escapes(TorchFunctionMode):
    r"""Detects where the entries of tensors are read as numbers, and keeps PyTorch from running
    whole layers as one operation.
    """

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self.tracer = tracer

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        if func in ESCAPES:
            self.tracer.escape(args[0], ESCAPES[func])
        return func(*args, **(kwargs or {}))


def _shape(axes: Axes | Stack) -> tuple[int, ...]:
    """The shape of a tensor with these axes."""
    return tuple(map(term_size, axes.slices[0] if isinstance(axes, Stack) else axes))


def _constant(tensor: Tensor, dim: int) -> Term:
    """Entries that are all equal along an axis have no order."""
    size = tensor.size(dim)
    if tensor.numel() and torch.equal(tensor, tensor.narrow(dim, 0, 1).expand_as(tensor)):
        return fresh(size)
    return frozen(size)


def _memory(tensor: Tensor) -> int:
    """Where the entries of a tensor lie, or 0 if that is not known."""
    return tensor.data_ptr() if tensor.layout == torch.strided else 0


def _storage(tensor: Tensor) -> int:
    """The memory of a tensor and of all views of it, or 0 if that is not known."""
    return tensor.untyped_storage().data_ptr() if tensor.layout == torch.strided else 0


def follow(model: nn.Module, tracer: Tracer) -> None:
    r"""Registers hooks that pass the running module of a model to a tracer."""
    for name, module in model.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            continue
        name = name or type(module).__name__
        module.register_forward_pre_hook(lambda *_, name=name: tracer.path.append(name))
        module.register_forward_hook(lambda *_: tracer.path.pop() and None)
