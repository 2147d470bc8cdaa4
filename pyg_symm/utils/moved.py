"""Names that stay importable from a place that they have moved away from."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def moved_to(room: str, names: set[str]) -> Callable[[str], Any]:
    r"""A module's ``__getattr__`` for names that now live elsewhere.

    The other module is imported when a name is asked for, not before: it may be on a higher floor.

    Args:
        room (str): The module that the names live in.
        names (set): The names.

    Examples:
        >>> moved_to("math", {"pi"})("pi")
        3.141592653589793
    """

    def getattr_of_module(name: str) -> Any:
        if name in names:
            return getattr(import_module(room), name)
        raise AttributeError(f"no attribute '{name}'")

    return getattr_of_module
