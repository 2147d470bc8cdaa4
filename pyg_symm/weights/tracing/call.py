"""One operation of a forward pass, as it is passed to the rules."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from .solver import Solver
from .terms import Term, fresh, frozen, term_size

Axes = tuple[Term, ...]

# Operations whose result has equal entries.
UNIFORM = {
    f"aten::{name}"
    for name in """
    empty empty_like empty_permuted empty_strided full full_like new_empty new_empty_strided
    new_full new_ones new_zeros ones ones_like scalar_tensor zeros zeros_like
    """.split()
}

# Operations whose result differs by place, whatever their operands are.
ORDERED = {
    f"aten::{name}"
    for name in """
    arange bernoulli cauchy eye exponential geometric hann_window linspace log_normal logspace
    normal rand rand_like randint randint_like randn randn_like random randperm tril_indices
    triu_indices uniform
    """.split()
}


@dataclass
class Stack:
    r"""Axes of a tensor whose slices along one dimension have axes of their own.

    As soon as an operation reads all slices at once, their axes become equal. Until then the
    states of the layers of an LSTM, or queries and keys that were computed together, stay apart.

    Args:
        mark (Term): The axis along which the slices lie, found by its identity.
        slices (list): The axes of the tensor, as each slice has them.
    """

    mark: Term
    slices: list[Axes]

    @property
    def dim(self) -> int:
        r"""The dimension along which the slices lie."""
        return next(dim for dim, term in enumerate(self.slices[0]) if term is self.mark)


class Call:
    r"""An operation with its arguments, its result, and the axes of the tensors among them.

    Args:
        tracer (Tracer): Knows the axes of tensors.
        func (torch._ops.OpOverload): The operation.
        args (tuple): Arguments by position.
        kwargs (dict): Arguments by name.
        out (Any): The result.
    """

    def __init__(self, tracer: Any, func: Any, args: tuple, kwargs: dict, out: Any) -> None:
        self._tracer = tracer
        self.solver: Solver = tracer.solver
        self.func = func
        self.out = out
        self._axes: dict[int, Axes] = {}
        self._arguments = {}
        for i, argument in enumerate(func._schema.arguments):
            default = argument.default_value if argument.has_default_value() else None
            value = args[i] if i < len(args) else kwargs.get(argument.name, default)
            self._arguments[argument.name] = value

    def __contains__(self, name: str) -> bool:
        return name in self._arguments

    def __getitem__(self, name: str) -> Any:
        return self._arguments[name]

    def first(self, *names: str) -> Any:
        r"""The first argument of these names that the operation has."""
        return next((self._arguments[name] for name in names if name in self._arguments), None)

    @property
    def name(self) -> str:
        r"""The name of the operation, such as ``"aten::mm"``."""
        return self.func._schema.name

    @property
    def tensors(self) -> list[Tensor]:
        r"""All tensors among the arguments."""
        found: list[Tensor] = []
        for value in self._arguments.values():
            values = value if isinstance(value, (list, tuple)) else [value]
            found.extend(v for v in values if isinstance(v, Tensor))
        return found

    @property
    def results(self) -> list[Tensor]:
        r"""All tensors of the result."""
        values = self.out if isinstance(self.out, (list, tuple)) else [self.out]
        return [value for value in values if isinstance(value, Tensor)]

    @property
    def written(self) -> list[Tensor]:
        r"""The tensors that the operation writes into."""
        names = [a.name for a in self.func._schema.arguments if a.is_write]
        found = [self._arguments[name] for name in names]
        return [x for x in found if isinstance(x, Tensor)]

    @property
    def is_view(self) -> bool:
        r"""Whether the result shares the memory of an argument."""
        return any(value.alias_info is not None for value in self.func._schema.returns)

    @property
    def makes_uniform(self) -> bool:
        r"""Whether all entries of the result are equal."""
        return self.name in UNIFORM and not self.is_view

    @property
    def makes_ordered(self) -> bool:
        r"""Whether entries of the result differ by their place."""
        return self.name.removesuffix("_") in ORDERED

    def axes(self, tensor: Tensor) -> Axes:
        r"""The axes of a tensor."""
        if id(tensor) not in self._axes:
            read = self._tracer.axes if self.is_view else self._tracer.operand
            self._axes[id(tensor)] = read(tensor)
        return self._axes[id(tensor)]

    def stack(self, tensor: Tensor) -> Stack | None:
        r"""The slices of a tensor, if they have axes of their own."""
        return self._tracer.stack(tensor)

    def each(self, tensor: Tensor, move: Callable[[Axes], Axes]) -> Axes | Stack:
        r"""The axes of a tensor after an operation that only moves them, for all slices apart."""
        stack = self.stack(tensor)
        if stack is None:
            return move(self.axes(tensor))
        return Stack(stack.mark, [move(axes) for axes in stack.slices])

    def is_table(self, tensor: Tensor) -> bool:
        r"""Whether a tensor depends on the state of the model only, and not on its inputs."""
        return self._tracer.is_table(tensor)

    def freeze(self, *terms: Term) -> None:
        r"""Keeps axes from moving, and says so."""
        for term in terms:
            self.solver.freeze(term, lost=True)

    def mix(self, axes: Axes, dims: Iterable[int]) -> None:
        r"""Says that the operation mixes entries along some axes and keeps all others apart.

        Needed where the result still has these axes, or where the sum over them is not the result
        by itself, for what moves in each attention head apart.
        """
        mixed = {dim % len(axes) for dim in dims} if axes else set()
        self._tracer.mix(tuple(term for dim, term in enumerate(axes) if dim not in mixed))

    def fix(self, terms: Axes, dims: Any) -> Axes:
        r"""Axes of which some are frozen, because the operation depends on their order."""
        dims = {dim % len(terms) for dim in dims} if terms else set()
        for dim in dims:
            self.freeze(terms[dim])
        return tuple(
            frozen(term_size(term)) if dim in dims else term for dim, term in enumerate(terms)
        )

    def broadcast(self, *tensors: tuple[Axes, tuple[int, ...]]) -> Axes:
        r"""The axes of the result of an operation that acts on each entry apart.

        Args:
            *tensors (tuple): Axes and shapes of its operands.
        """
        num = max((len(axes) for axes, _ in tensors), default=0)
        out: list[Term | None] = [None] * num
        for axes, shape in tensors:
            for i, (term, size) in enumerate(zip(axes, shape, strict=True), num - len(axes)):
                if size != 1:
                    before = out[i]
                    out[i] = term if before is None else self.solver.unify(before, term)
        return tuple(frozen(1) if term is None else term for term in out)

    def unify(self, x: Axes, y: Axes) -> Axes:
        r"""Makes the axes of two tensors of one shape equal."""
        return tuple(self.solver.unify(a, b) for a, b in zip(x, y, strict=True))

    def free(self, shape: tuple[int, ...]) -> Axes:
        r"""Axes of a tensor whose entries are all equal."""
        return tuple(map(fresh, shape))
