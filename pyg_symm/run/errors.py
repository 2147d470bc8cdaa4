"""Errors of a command in one line."""

import difflib
import re
from pathlib import Path

from hydra.errors import HydraException, InstantiationException, OverrideParseException
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from .choices import choices, inner_groups
from .help import group_names, setting_names

#: What a wrong setting, a missing file or a full disk raises; anything else is a mistake of ours.
USER_ERRORS = (
    ValueError,
    TypeError,
    OSError,
    ImportError,
    RuntimeError,
    ArithmeticError,
    MemoryError,
    HydraException,
    OmegaConfBaseException,
)
_PLAIN = (ValueError, OSError, ImportError, HydraException, OmegaConfBaseException, ArithmeticError)
_PLUGINS = ("joblib", "submitit", "optuna")
_WRITTEN = {"pretrained": "model"}  # On the command line.
_WHERE = "HYDRA_FULL_ERROR=1 shows where"


def one_line(error: BaseException, command: str | None = None, own: Path | None = None) -> str:
    r"""What an error says, in one line, with what would help if that is known.

    Args:
        error (BaseException): The error of a command.
        command (str, optional): The command, whose settings are suggested where one is misspelt.
            (default: :obj:`None`)
        own (Path, optional): A folder with configs of the user's. (default: :obj:`None`)
    """
    if isinstance(error, InstantiationException) and error.__cause__ is not None:
        where = re.search(r"full_key: (\S+)", str(error))
        cause = one_line(error.__cause__, command, own)
        return cause if where is None or cause.startswith("'") else f"{cause} (in '{where[1]}')"
    if isinstance(error, MissingMandatoryValue):
        key = re.search(r"value: (\S+)", str(error))
        name = key[1] if key else str(error.full_key)
        return f"'{_WRITTEN.get(name, name)}' must be given"
    if isinstance(error, OverrideParseException):
        if "=" not in error.override:
            return f"'{error.override}' has no value: settings are written name=value"
        return f"'{error.override}' cannot be read: put quotes around its value"
    text = str(error) or type(error).__name__
    if (missing := re.search(r"Could not find '([^']+)'", text)) is not None:
        return _missing(missing[1], own)
    if (unknown := re.search(r"Could not override '([^']+)'", text)) is not None:
        return _unknown(unknown[1], text, command)
    line = " ".join(part.strip() for part in text.splitlines() if part.strip())
    line = re.sub(r"\s*(full_key: \S*|object_type=\S+)", "", line)
    if "wandb" in line and "not met" in line:
        line = f"'logger=wandb' {_extra('wandb')}"
    lost = re.search(r"No module named '(\w+)", line)
    if lost is not None and any(Path(lost[1] + end).exists() for end in ("", ".py")):
        line += " (PYTHONPATH=. lets Python find the modules of this folder)"
    if not isinstance(error, _PLAIN):
        line = f"{type(error).__name__}: {line} ({_WHERE})"
    return line


def _missing(name: str, own: Path | None) -> str:
    group, _, option = name.rpartition("/")
    if group == "hydra/launcher" or group == "hydra/sweeper":
        kind = next((extra for extra in _PLUGINS if extra in option), None)
        if kind is None:
            return f"'{name}' is not installed"
        return f"'launcher={option}' {_extra(kind)}"
    top, _, inner = name.partition("/")
    if group in inner_groups(top):
        top, inner = group, option
    known = list(choices(top, own))
    close = difflib.get_close_matches(inner, known, 1)
    if close:
        return f"there is no '{name}' (did you mean '{close[0]}'?)"
    return f"there is no '{name}'" + (f" (there is {', '.join(known)})" if known else "")


def _extra(name: str) -> str:
    install = f"pip install 'pyg_symm[{name}]'"
    return f"needs the extra '{name}': {install}, or in a checkout pip install -e '.[{name}]'"


def _unknown(key: str, text: str, command: str | None) -> str:
    known = [] if command is None else setting_names(command)
    close = difflib.get_close_matches(key, known, 1, 0.75)
    if close:
        return f"there is no setting '{key}' (did you mean '{close[0]}'?)"
    group = key.partition(".")[0]
    if command is not None and group != key and group in group_names(command):
        return f"the chosen '{group}' has no setting '{key}' ({group}=NAME chooses another)"
    more = f" (+{key}=... adds one)" if "append" in text else ""
    return f"there is no setting '{key}'{more}"
