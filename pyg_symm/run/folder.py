"""Run folders: who may write to them, and what they hold."""

import contextlib
import datetime
import functools
import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import torch
from omegaconf import DictConfig, OmegaConf

from pyg_symm.utils import whole_file
from pyg_symm.utils.files import locked

R = TypeVar("R")
_locks: ContextVar[contextlib.ExitStack | None] = ContextVar("_locks", default=None)

#: Settings that change how a run goes, but not what it computes.
NEUTRAL = frozenset(
    {
        *("run_dir", "dirpath", "runs", "resume", "overwrite", "hydra"),
        *("progress", "threads", "device", "workers", "num_workers", "logger"),
        *("data_root", "root", "out", "pictures", "pieces"),
    }
)


def job(function: Callable[[DictConfig], R]) -> Callable[[DictConfig], R]:
    """Makes a job of a function of a config: it locks the run folders that it opens."""

    @functools.wraps(function)
    def locking(cfg: DictConfig) -> R:
        with contextlib.ExitStack() as locks:
            token = _locks.set(locks)
            try:
                return function(cfg)
            finally:
                _locks.reset(token)

    return locking


def open_run(cfg: DictConfig, replace: str | None = None) -> Path:
    r"""Makes ``cfg.run_dir``, leaves the resolved config in it, and sets the number of threads.

    Within a :func:`job`, no other process can open the folder until the job has ended.

    Args:
        cfg (DictConfig): The config of the run.
        replace (str, optional): A setting that only runs of this command have. The folder may then
            hold such a run of other settings. (default: :obj:`None`)

    Raises:
        ValueError: If another process uses the folder, or it holds a run of other settings or of
            another command.
    """
    run_dir = Path(cfg.run_dir or ".")
    run_dir.mkdir(parents=True, exist_ok=True)
    locks = _locks.get()
    if locks is not None:
        try:
            locks.enter_context(locked(run_dir / ".lock", wait=False))
        except BlockingIOError:
            raise ValueError(
                f"'run_dir' is in use by another process (got '{run_dir}'); wait for it to end, or "
                "choose another folder"
            ) from None
    if replace is not None:
        _check_same_command(run_dir, replace)
    elif (found := difference(run_dir, cfg)) is not None:
        key, there, here = found
        raise ValueError(
            f"'run_dir' holds a run of other settings: '{key}' is {there} there and {here} here "
            f"('{run_dir}')"
        )
    with whole_file(run_dir / "config.yaml") as part:
        Path(part).write_text(OmegaConf.to_yaml(cfg, resolve=True))
    threads = OmegaConf.select(cfg, "threads")
    if threads is not None:
        torch.set_num_threads(threads)
    return run_dir


def new_run_dir(root: str | os.PathLike) -> Path:
    """Makes a folder that is named after the present time; no other process gets the same one."""
    stamp = datetime.datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    Path(root).mkdir(parents=True, exist_ok=True)
    for i in itertools.count(1):
        path = Path(root) / (stamp if i == 1 else f"{stamp}_{i}")
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            return path
    raise AssertionError


def difference(
    folder: str | os.PathLike, cfg: DictConfig, only: tuple[str, ...] = ()
) -> tuple[str, str, str] | None:
    r"""The first setting that differs from the config of a folder, and both values.

    Args:
        folder (str or Path): A run folder; without a ``config.yaml`` nothing differs.
        cfg (DictConfig): The config to compare with.
        only (tuple, optional): Compare these settings and all below. (default: all)

    Raises:
        ValueError: If the config in the folder is damaged.
    """
    file = Path(folder) / "config.yaml"
    if not file.is_file():
        return None
    there = dict(_flat(_read(file)))
    here = dict(_flat(OmegaConf.to_container(cfg, resolve=True)))
    for key in dict.fromkeys([*here, *there]):
        if only and not any(key == name or key.startswith(f"{name}.") for name in only):
            continue
        if here.get(key, "absent") != there.get(key, "absent"):
            return key, str(there.get(key, "absent")), str(here.get(key, "absent"))
    return None


def _check_same_command(folder: Path, setting: str) -> None:
    file = folder / "config.yaml"
    if file.is_file() and setting not in _read(file):
        raise ValueError(
            f"'run_dir' must not hold anything else than runs of this command (got '{folder}': its "
            f"config.yaml has no '{setting}'); choose another folder"
        )


def _read(file: Path) -> Any:
    try:
        return OmegaConf.to_container(OmegaConf.load(file))
    except Exception as error:
        raise ValueError(
            f"'{file}' is damaged ({type(error).__name__}); remove it or choose another folder"
        ) from error


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Settings by their dotted names, without neutral ones."""
    if not isinstance(value, Mapping):
        yield prefix[:-1], value
        return
    for key, item in value.items():
        if key not in NEUTRAL:
            yield from _flat(item, f"{prefix}{key}.")
