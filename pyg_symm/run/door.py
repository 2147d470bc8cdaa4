"""Commands by Hydra: one line at the start, one line for an error."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from .choices import own_folder
from .errors import USER_ERRORS, one_line
from .folder import new_run_dir
from .overrides import fixed_names, plain_overrides, quoted

_CONF = "pkg://pyg_symm.conf"
_NOT_IN_NAMES = "hydra.job.config.override_dirname.exclude_keys"
_OPTIONS = (  # Of Hydra.
    *("--help", "--hydra-help", "--version", "--cfg", "--resolve", "--package", "--run"),
    *("--multirun", "--shell-completion", "--config-path", "--config-name", "--config-dir"),
    *("--experimental-rerun", "--info"),
)
_SHORT = ("-h", "-c", "-p", "-r", "-m", "-sc", "-cp", "-cn", "-cd", "-i")


def launch(command: str, arguments: list[str], function: Callable[[DictConfig], Any]) -> None:
    r"""Runs a command with its overrides; an error of the user's is one line.

    With the environment variable ``HYDRA_FULL_ERROR=1`` every error has its traceback.

    Args:
        command (str): The name of the primary config.
        arguments (list): Overrides and options of Hydra.
        function (Callable): From a config to results.
    """
    for argument in arguments:
        if argument.startswith("-") and not _is_option(argument):
            name = argument.lstrip("-")
            print(
                f"error: there is no option '{argument}': settings are written without dashes, "
                f"{name if '=' in name else f'{name}=...'}",
                file=sys.stderr,
            )
            sys.exit(2)
    sweep = any(argument in ("-m", "--multirun") for argument in arguments)
    words = plain_overrides(command, arguments, sweep)
    told = any(word.lstrip("+").startswith(f"{_NOT_IN_NAMES}=") for word in words)
    if sweep and not told and (fixed := fixed_names(words)) is not None:
        # Folders and tables of a sweep name what differs between its runs, and nothing else.
        words.append(f"{_NOT_IN_NAMES}=[{','.join(map(quoted, fixed))}]")
    sys.argv[1:] = words
    own = own_folder(words)
    full = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises errors instead of printing them.

    def task(cfg: DictConfig) -> None:
        try:
            _run(command, cfg, function)
        except USER_ERRORS as error:
            # In a sweep the launcher handles the exception.
            if full or HydraConfig.get().mode == RunMode.MULTIRUN:
                raise
            sys.exit(_say(error, command, own))

    task.__module__ = __name__
    try:
        hydra.main(version_base="1.3", config_path=_CONF, config_name=command)(task)()
    except USER_ERRORS as error:
        if full:
            raise
        sys.exit(_say(error, command, own))
    except KeyboardInterrupt:
        sys.exit(130)


def _is_option(argument: str) -> bool:
    """Whether Hydra knows it; long ones may be cut short."""
    name = argument.partition("=")[0]
    if name.startswith("--"):
        return any(option.startswith(name) for option in _OPTIONS)
    return argument.startswith(_SHORT)


def _say(error: BaseException, command: str, own: Path | None) -> int:
    print(f"error: {one_line(error, command, own)}", file=sys.stderr)
    return 1


def _run(command: str, cfg: DictConfig, function: Callable[[DictConfig], Any]) -> None:
    made, new = None, []
    resumed = OmegaConf.select(cfg, "resume")
    if cfg.run_dir is None and resumed is None:
        output = HydraConfig.get().runtime.output_dir
        if Path(output) != Path.cwd():  # Of a sweep, or told by hydra.run.dir.
            cfg.run_dir = output
        else:
            new = [path for path in (Path(cfg.runs), *Path(cfg.runs).parents) if not path.exists()]
            made = new_run_dir(cfg.runs) if command != "benchmark" else Path(cfg.runs)
            cfg.run_dir = str(made)
    where = cfg.run_dir if cfg.run_dir is not None else resumed
    try:
        print(f"pyg-symm {command}: {_what(command, cfg)}; results in '{where}'", flush=True)
        result = function(cfg)
    except BaseException:
        if made is not None:  # A run that was refused leaves nothing behind.
            for folder in dict.fromkeys([made, *new]):
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
        raise
    if command == "train":
        for name, value in result.items():
            if isinstance(value, float):
                print(f"{name:>24} {value:.4f}")
    print(where)


def _what(command: str, cfg: DictConfig) -> str:
    if command == "train":
        return f"{cfg.name}, {cfg.trainer.max_epochs} epochs"
    if command == "benchmark":
        return str(OmegaConf.select(cfg, "suite.title", default=cfg.suite.name))
    names = {"sample": "pretrained", "evaluate": "samples", "quickstart": "recipe"}
    if command == "job":
        return str(HydraConfig.get().runtime.choices["job"])
    return str(cfg[names[command]])
