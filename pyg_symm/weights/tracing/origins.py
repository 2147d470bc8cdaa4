"""What tensors depend on: the inputs of a model, its state, or nothing."""

from collections.abc import Iterable

from torch import Tensor

from .call import Call


class Origins:
    r"""Remembers tensors that do not depend on inputs.

    A table is indexed by data, so that its axis was never to move: no loss. An activation that
    meets constants whose entries differ by their place, such as a positional encoding or a mask of
    dropout, loses what it could move, in an operation that has a rule.

    Args:
        state (iterable of torch.Tensor): The state of the model.
    """

    def __init__(self, state: Iterable[Tensor]) -> None:
        self._tables = set(map(id, state))
        self._fixed: set[int] = set()  # Those that do not depend on the state, either.
        self._ordered: set[int] = set()  # Those of them whose entries differ by their place.

    def add_constant(self, tensor: Tensor, ordered: bool) -> None:
        r"""Remembers a constant."""
        self._tables.add(id(tensor))
        self._fixed.add(id(tensor))
        if ordered:
            self._ordered.add(id(tensor))

    def is_table(self, tensor: Tensor) -> bool:
        r"""Whether a tensor does not depend on inputs."""
        return id(tensor) in self._tables

    def loses(self, call: Call) -> bool:
        r"""Whether an activation meets a constant whose entries differ by their place."""
        return not all(map(self.is_table, call.tensors)) and any(
            id(x) in self._ordered for x in call.tensors
        )

    def add_results(self, call: Call) -> None:
        r"""Remembers what an operation made."""
        fixed = call.makes_uniform or all(id(x) in self._fixed for x in call.tensors)
        ordered = fixed and any(id(x) in self._ordered for x in call.tensors)
        for x in call.results:
            if fixed or call.makes_ordered:
                self.add_constant(x, ordered or call.makes_ordered)
            elif all(map(self.is_table, call.tensors)):
                self._tables.add(id(x))
