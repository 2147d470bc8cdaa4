"""Checks of arguments: numbers, and names out of a few."""

from collections.abc import Iterable
from numbers import Integral
from typing import Any


def check_sizes(least: int, **sizes: Any) -> None:
    r"""Checks that numbers are integers, and at least as large.

    Args:
        least (int): The least that is allowed.
        **sizes: The numbers by the names of their arguments.

    Raises:
        ValueError: If one is not.

    Examples:
        >>> check_sizes(1, in_channels=8, num_layers=2)
        >>> check_sizes(1, in_channels=8, num_layers=0)
        Traceback (most recent call last):
        ValueError: 'num_layers' must be an integer of 1 or more (got 0)
    """
    for name, value in sizes.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise ValueError(f"'{name}' must be an integer of {least} or more (got {value!r})")


def check_choice(name: str, value: Any, choices: Iterable[Any]) -> None:
    r"""Checks that a value is one of a few.

    Args:
        name (str): The name of the argument.
        value: Its value.
        choices (Iterable): The values that are known.

    Raises:
        ValueError: If it is none of them.

    Examples:
        >>> check_choice("order", "sorted", ("given", "sorted"))
        >>> check_choice("order", "shuffled", ("given", "sorted"))
        Traceback (most recent call last):
        ValueError: 'order' must be one of ['given', 'sorted'] (got 'shuffled')
    """
    known = list(choices)
    if value not in known:
        raise ValueError(f"'{name}' must be one of {known} (got {value!r})")
