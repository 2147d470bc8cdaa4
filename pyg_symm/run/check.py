"""Settings that are wrong, named before any work begins."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf


@dataclass(frozen=True)
class Number:
    """A number of a range.

    Args:
        kind (type): Whether it is whole.
        least (float): The smallest that is allowed.
        most (float, optional): The largest that is allowed.
        above (bool, optional): Whether the smallest itself is not allowed.
        null (bool, optional): Whether null is allowed.
    """

    kind: type
    least: float
    most: float = math.inf
    above: bool = False
    null: bool = False

    def __call__(self, value: Any) -> bool:
        """Whether a value is right."""
        if value is None:
            return self.null
        if isinstance(value, bool) or not isinstance(
            value, int if self.kind is int else int | float
        ):
            return False
        low = value > self.least if self.above else value >= self.least
        return low and value <= self.most and math.isfinite(value)

    def __str__(self) -> str:
        number = "a whole number" if self.kind is int else "a number"
        low = f"above {self.least}" if self.above else f"from {self.least}"
        to = " and not above" if self.above else " to"
        high = "" if self.most == math.inf else f"{to} {self.most}"
        return f"{number} {low}{high}{', or null' if self.null else ''}"


@dataclass(frozen=True)
class Choice:
    """One of some values."""

    values: tuple[Any, ...]

    def __call__(self, value: Any) -> bool:
        """Whether a value is right."""
        return any(
            value is known or (value == known and type(value) is type(known))
            for known in self.values
        )

    def __str__(self) -> str:
        return "one of " + ", ".join(dict.fromkeys(map(_shown, self.values)))


Rule = Callable[[Any], bool]

COUNT, SOME = Number(int, 1), Number(int, 1, null=True)
NATURAL, SHARE = Number(int, 0), Number(float, 0, 1)
FLAG = Choice((True, False))
RATE = Number(float, 0, 100, above=True)
_ACCELERATORS = ("auto", "cpu", "gpu", "cuda", "mps", "tpu", "hpu")
_PRECISIONS = (
    *(f"{kind}-true" for kind in ("64", "32", "16", "bf16")),
    *("16-mixed", "bf16-mixed", "64", "32", "16", "bf16", 64, 32, 16),
)

RULES: dict[str, Rule] = {
    # All commands.
    "seed": Number(int, 0, 2**32 - 1),
    "threads": SOME,
    "workers": COUNT,
    "progress": FLAG,
    # Training.
    "epochs": COUNT,
    "checkpoint_every": COUNT,
    "overwrite": FLAG,
    "hidden_channels": COUNT,
    "dropout": SHARE,
    "encoder_dropout": SHARE,
    "optimizer.lr": RATE,
    "optimizer.weight_decay": Number(float, 0),
    "scheduler.step_size": COUNT,
    "data.fold": NATURAL,
    "data.num_folds": Number(int, 2),
    "data.batch_size": SOME,
    "data.limit": SOME,
    "data.val_limit": SOME,
    "data.max_nodes": SOME,
    "data.max_pairs": SOME,
    "data.pad_multiple": COUNT,
    "data.num_workers": NATURAL,
    "data.max_hops": NATURAL,
    "data.num_train": COUNT,
    "data.num_test": COUNT,
    "model.hidden_channels": COUNT,
    "model.num_layers": COUNT,
    "model.num_steps": COUNT,
    "model.ce_weight": Number(float, 0),
    "model.network.num_layers": COUNT,
    "model.network.edge_channels": COUNT,
    "model.network.heads": COUNT,
    "task.sample_every": NATURAL,
    "task.num_samples": COUNT,
    "trainer.max_epochs": COUNT,
    "trainer.accelerator": Choice(_ACCELERATORS),
    "trainer.precision": Choice(_PRECISIONS),
    "callbacks.average.decay": Number(float, 0, 1),
    # A table of runs, and the quick start.
    "num_samples": COUNT,
    "num_pretrained": COUNT,
}


def check_config(cfg: DictConfig) -> None:
    r"""Checks the types and ranges of settings of training, and that none is missing.

    Args:
        cfg (DictConfig): A composed config of ``train``, ``benchmark`` or ``quickstart``.

    Raises:
        ValueError: If a setting is missing or wrong. The message names it and its value.
    """
    for key in sorted(OmegaConf.missing_keys(cfg)):
        if not key.startswith("hydra"):
            raise ValueError(f"'{key}' must be given")
    check_rules(cfg, RULES)
    _check_accelerator(cfg)
    _check_folder(cfg)


_ABSENT: Any = object()


def check_rules(cfg: DictConfig, rules: Mapping[str, Rule]) -> None:
    r"""Checks settings by a rule each; those that a config does not have are passed over.

    Args:
        cfg (DictConfig): A composed config.
        rules (Mapping): The rule of each setting, by its dotted name.

    Raises:
        ValueError: If a setting is wrong. The message names it and its value.
    """
    for key, rule in rules.items():
        value = OmegaConf.select(cfg, key, default=_ABSENT)
        if value is not _ABSENT and not rule(value):
            raise ValueError(f"'{key}' must be {rule} (got {_shown(value)})")


def check_device(device: str) -> None:
    r"""Checks that PyTorch can use a device.

    Raises:
        ValueError: If it cannot.
    """
    try:
        torch.zeros((), device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"'device' is not available on this machine (got '{device}')") from error


def _check_accelerator(cfg: DictConfig) -> None:
    accelerator = OmegaConf.select(cfg, "trainer.accelerator")
    if accelerator in ("gpu", "cuda") and not torch.cuda.is_available():
        raise ValueError(f"'trainer.accelerator' is {accelerator}, but there is no GPU")


def _check_folder(cfg: DictConfig) -> None:
    """The run folder can be made, as far as one can tell without making it."""
    run_dir = OmegaConf.select(cfg, "run_dir")
    if run_dir is None:
        return
    path = Path(run_dir)
    if path.exists() and not path.is_dir():
        raise ValueError(f"'run_dir' must be a folder (got the file '{path}')")
    parent = path.absolute()
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK) or str(parent).startswith("/proc"):
        raise ValueError(f"'run_dir' must be a folder that can be written to (got '{path}')")


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
