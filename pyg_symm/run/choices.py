"""The configs of a group: their names, files, and what each is for."""

import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path

_TITLE = re.compile(r"^title: (.+)$", re.M)
_ENDS = re.compile(r"(?<=[.?])\s|:(?=\s|$)")  # Of a sentence; a command may follow a colon.


def conf_folder() -> Path:
    """The folder of the configs of this package."""
    spec = importlib.util.find_spec("pyg_symm.conf")
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def own_folder(arguments: Sequence[str]) -> Path | None:
    r"""The folder that ``--config-dir`` names on a command line.

    Args:
        arguments (list): Overrides and options of Hydra.

    Examples:
        >>> own_folder(["--config-dir", "mine", "seed=1"]), own_folder(["seed=1"])
        (PosixPath('mine'), None)
    """
    for i, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name in ("--config-dir", "-cd"):
            return Path(value or next(iter(arguments[i + 1 :]), "."))
    return None


def choices(group: str, own: Path | None = None) -> dict[str, Path]:
    r"""The names of the configs of a group, without those of groups in it, and their files.

    Args:
        group (str): Such as ``"experiment"``.
        own (Path, optional): A folder with configs of the user's. (default: :obj:`None`)
    """
    found: dict[str, Path] = {}
    for root in (conf_folder(), own):
        folder = (root or Path()) / group
        files = folder.rglob("*.yaml") if root is not None else ()
        found |= {file.relative_to(folder).with_suffix("").as_posix(): file for file in files}
    others = {"base", *(name.removeprefix(f"{group}/") for name in inner_groups(group))}
    return {name: found[name] for name in sorted(found) if name.split("/")[0] not in others}


def inner_groups(group: str) -> list[str]:
    r"""The groups in a group, such as ``job/matcher``: its configs choose from them by default.

    Args:
        group (str): Such as ``"job"``.
    """
    folder = conf_folder() / group
    chosen = {
        name for file in folder.glob("*.yaml") for name in default_names(file.read_text("utf-8"))
    }
    return sorted(f"{group}/{name}" for name in chosen if (folder / name).is_dir())


def default_names(text: str) -> list[str]:
    r"""What the defaults list of a config chooses from.

    Args:
        text (str): The config.

    Examples:
        >>> default_names("defaults:\n  - data: mutag\n  - _self_\n\nseed: 0\n")
        ['data']
    """
    block = re.search(r"^defaults:\n((?:  .*\n|\n)+)", text, re.M)
    return re.findall(r"^  - (\w+):", block[1] if block else "", re.M)


def purpose(file: Path, name: str = "") -> str:
    r"""The comment at the top of a config, or its title, or its name.

    Args:
        file (Path): The file of the config.
        name (str, optional): Its name. (default: ``""``)
    """
    text = file.read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if "@package" not in line:
            lines.append(line.lstrip("# ").rstrip())
    title = _TITLE.search(text)
    return "\n".join(lines) or (title[1] if title else name)


def first_sentence(text: str) -> str:
    r"""The first sentence of a text, without its last period or colon.

    Args:
        text (str): The text.

    Examples:
        >>> first_sentence("GIN (https://arxiv.org/abs/1810.00826) on one fold: a=1. Others: b=2.")
        'GIN (https://arxiv.org/abs/1810.00826) on one fold'
        >>> first_sentence("Which items are chosen together? path=FILE"), first_sentence("")
        ('Which items are chosen together?', '')
    """
    return _ENDS.split(" ".join(text.splitlines()), maxsplit=1)[0].rstrip(".")
