"""Rules of operations, by their names."""

from collections.abc import Callable
from typing import Any

from .call import Axes, Call, Stack

# Axes of the result, or a list of them if there are several results.
Rule = Callable[[Call], Axes | Stack | list[Axes]]

_RULES: dict[str, Rule] = {}


def register_rule(*names: str) -> Callable[[Rule], Rule]:
    r"""Registers how an operation carries axes from its operands to its results.

    A rule takes a :class:`~pyg_symm.weights.tracing.Call` and returns the axes of the result, or a
    list with the axes of each tensor of the result. It calls ``call.unify`` for axes that must move
    together, and ``call.freeze`` for those that must not move. A new rule replaces an older one.

    Args:
        *names (str): Names of operations, such as ``"aten::mm"``, or those of
            :func:`torch.library.custom_op`.

    Examples:
        >>> @register_rule("mylib::scaled_relu")
        ... def scaled_relu(call):
        ...     return call.axes(call["x"])
    """

    def register(rule: Rule) -> Rule:
        _RULES.update(dict.fromkeys(names, rule))
        return rule

    return register


def find_rule(func: Any) -> Rule | None:
    r"""The rule of an operation. One that works in place has that of its twin that does not."""
    name = func._schema.name
    return _RULES.get(name) or _RULES.get(name.removesuffix("_"))
