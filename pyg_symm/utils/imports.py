"""Optional packages, asked for where they are used and never at import time."""

import importlib
from types import ModuleType


def require(module: str, extra: str) -> ModuleType:
    r"""Imports an optional module, or says which extra brings it.

    Args:
        module (str): Dotted name of the module.
        extra (str): The extra of ``setup.cfg`` that installs it.

    Raises:
        ImportError: If the module is not installed.

    Examples:
        >>> require("math", "none").gcd(12, 18)
        6
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and not module.startswith(error.name):
            raise  # The module is there, one of its own needs is not.
        raise ImportError(
            f"'{module}' is not installed; install it with: pip install \"pyg_symm[{extra}]\""
        ) from error
