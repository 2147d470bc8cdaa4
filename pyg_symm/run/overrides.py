"""Overrides of the command line, as users write them and as Hydra reads them."""

import os
import re
from collections.abc import Iterator, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from .aliases import current_names

# Settings that are paths, SMILES or other text with characters of Hydra's grammar.
_PATHS = {"run_dir", "resume", "data_root", "root", "smiles", "path", "dir", "suite.folder"}
_LISTS = {"job.path"}  # Those of them that may be lists, unless there is a file of this name.
_PLAIN = re.compile(r"[\w./-]+", re.ASCII)
_TEXTS = {
    "sample": {"pretrained", "extend", "out"},
    "evaluate": {"samples", "test", "train", "test_scaffolds"},
    "quickstart": {"pretrained"},
    "job": {"job.pattern", "job.wildcard"},
}


def plain_overrides(name: str, overrides: Sequence[str], sweep: bool = False) -> list[str]:
    r"""Quotes what Hydra would read as its own grammar, and replaces old names.

    Paths and SMILES may have ``=``, commas, brackets, spaces and letters of any alphabet. To
    ``sample``, ``model=`` names a saved model and not a config of the group ``model``.

    Args:
        name (str): The command.
        overrides (list): As on the command line.
        sweep (bool, optional): Whether commas separate the values of a sweep.
            (default: :obj:`False`)

    Examples:
        >>> plain_overrides("sample", ["model=runs/a=1", "extend=C[C@H](N)O", "num_samples=3"])
        ["pretrained='runs/a=1'", "extend='C[C@H](N)O'", 'num_samples=3']
        >>> plain_overrides("sample", ["model=qm9,moses"], sweep=True)
        ['pretrained=qm9,moses']
        >>> plain_overrides("benchmark", ["overrides=[trainer=smoke,epochs=2]"])
        ["overrides=['trainer=smoke','epochs=2']"]
    """
    return [_plain(name, override, sweep) for override in current_names(overrides)]


def fixed_names(overrides: Sequence[str]) -> list[str] | None:
    r"""The settings that all runs of a sweep share, or none if no setting has several values.

    Args:
        overrides (list): As Hydra reads them, with its options.

    Examples:
        >>> fixed_names(["-m", "aggr=sum,max", "epochs=3", "+model.edge_dim=3", "seed=range(2)"])
        ['epochs', 'model.edge_dim']
        >>> fixed_names(["-m", "epochs=3"]) is None
        True
    """
    fixed, swept = [], False
    for override in overrides:
        if override.startswith("-") or "=" not in override:
            continue
        try:
            parsed = OverridesParser.create().parse_override(override)
        except HydraException:  # Hydra will say so.
            return None
        if parsed.is_sweep_override():
            swept = True
        elif not parsed.is_hydra_override():
            fixed.append(parsed.key_or_group)
    return fixed if swept else None


def quoted(value: str | os.PathLike) -> str:
    """A value that Hydra reads literally."""
    text = os.fspath(value)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text
    if "'" in text and '"' not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "\\'") + "'"


def _plain(name: str, override: str, sweep: bool) -> str:
    key, equals, value = override.partition("=")
    if not equals or key.startswith("-"):
        return override
    if name == "sample" and key == "model":
        key = "pretrained"
    bare = key.lstrip("+~")
    if bare == "overrides" and value.startswith("["):
        return f"{key}=[{','.join(map(quoted, _items(value[1:-1])))}]"
    if not _is_text(name, bare) or value in ("", "null", "???"):
        return f"{key}={value}"
    listed = bare == "out" or (bare in _LISTS and not os.path.exists(value))
    if listed and value.startswith("[") and value.endswith("]"):
        return f"{key}=[{','.join(map(quoted, _items(value[1:-1])))}]"
    if sweep and not os.path.exists(value):  # Folders of a sweep are named after the values.
        parts = (part if _PLAIN.fullmatch(part) else quoted(part) for part in _items(value))
        return f"{key}={','.join(parts)}"
    return f"{key}={quoted(value)}"


def _is_text(name: str, key: str) -> bool:
    return key in _TEXTS.get(name, ()) or key in _PATHS or key.rpartition(".")[2] in _PATHS


def _items(text: str) -> Iterator[str]:
    """The parts between commas that are outside of brackets and quotes."""
    depth, quote, part = 0, "", ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "[({":
            depth += 1
        elif letter in "])}":
            depth -= 1
        if letter == "," and depth == 0 and not quote:
            yield part.strip()
            part = ""
        else:
            part += letter
    if part.strip():
        yield part.strip()
