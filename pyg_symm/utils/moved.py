"""Names of a package that are imported from elsewhere when they are asked for."""

from collections.abc import Callable, Mapping
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
    return lazy_names(dict.fromkeys(names, room))


def lazy_names(homes: Mapping[str, str]) -> Callable[[str], Any]:
    r"""A module's ``__getattr__`` for names whose modules are imported when a name is asked for.

    Args:
        homes (dict): The module of each name.

    Examples:
        >>> lazy_names({"pi": "math", "sleep": "time"})("pi")
        3.141592653589793
    """

    def getattr_of_module(name: str) -> Any:
        if name in homes:
            return getattr(import_module(homes[name]), name)
        raise AttributeError(f"no attribute '{name}'")

    return getattr_of_module
