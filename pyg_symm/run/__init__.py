"""Launching by Hydra: functions from a config to numbers, and the command line around them."""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .benchmark import benchmark
    from .compose import compose_config
    from .evaluate import evaluate
    from .job import run_job
    from .load import load_run
    from .quickstart import quickstart
    from .sample import sample
    from .train import train

_HOMES = {
    "benchmark": "benchmark",
    "compose_config": "compose",
    "evaluate": "evaluate",
    "load_run": "load",
    "quickstart": "quickstart",
    "run_job": "job",
    "sample": "sample",
    "train": "train",
}

__all__ = [
    "benchmark",
    "compose_config",
    "evaluate",
    "load_run",
    "quickstart",
    "run_job",
    "sample",
    "train",
]


class _Lazy(ModuleType):
    """Imports a job when it is asked for: the help of the command line needs none of them."""

    def __getattr__(self, name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{self.__name__}.{_HOMES[name]}"), name)
        super().__setattr__(name, value)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        # Importing a file sets it as an attribute of its package: `train` is the function.
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Lazy
