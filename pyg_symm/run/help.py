"""Help of a command: its settings and their comments, read from its config."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from .choices import (
    choices,
    conf_folder,
    default_names,
    first_sentence,
    inner_groups,
    own_folder,
    purpose,
)

_SHOWN = {"sample": {"pretrained": "model"}}  # Settings that are written otherwise by users.
_LISTED = ("experiment", "suite", "job")  # Groups whose configs have a line each.
_LINE = re.compile(r"^(\s*)([^#:]+):(?:\s+([^#]*?))?(?:\s*#\s*(.*))?$")
_OPTIONS = """\
  -m                      run a sweep: settings may have several values, seed=0,1,2
  --cfg job               print the config and stop
  --config-dir FOLDER     also look for configs in a folder of yours
  --help                  print this text"""


def command_help(command: str, summary: str, arguments: Sequence[str] = ()) -> str:
    r"""The usage of a command, one line for each setting.

    Args:
        command (str): The name of its primary config.
        summary (str): What it does.
        arguments (list, optional): The other words of the command line. If they choose an
            experiment, a suite or a job, the help is about that one. (default: :obj:`()`)
    """
    text = _primary(command)
    own = own_folder(arguments)
    groups = {name: choices(name, own) for name in _groups(text)}
    for word in arguments:
        group, _, name = word.partition("=")
        if group in _LISTED and name in groups.get(group, {}):
            return _choice_help(command, group, name, groups[group][name])
    parts = [f"usage: pyg-symm {command} [setting=value ...]", "", summary]
    plain = [name for name in groups if name not in _LISTED]
    plain += [inner for outer in groups for inner in inner_groups(outer)]
    if plain:
        parts += ["", "groups of settings, chosen by name (group=name), and group.setting=value:"]
        parts += [f"  {name:<22}  {', '.join(choices(name, own))}" for name in plain]
    for group in (name for name in groups if name in _LISTED):
        parts += ["", f"{group}s, chosen by {group}=NAME; {group}=NAME --help shows one:"]
        for name, file in groups[group].items():
            parts.append(f"  {name:<30}  {first_sentence(purpose(file))}".rstrip())
    parts += ["", "settings:", *_settings(text, _shown(command)), "", "options:", _OPTIONS]
    return "\n".join(parts)


def setting_names(command: str) -> list[str]:
    r"""The settings of a command as users write them, such as ``constraints.valence``.

    Args:
        command (str): The name of its primary config.
    """
    text = _primary(command)
    return [line.split("=")[0].strip() for line in _settings(text, _shown(command))]


def group_names(command: str) -> list[str]:
    r"""The groups of settings of a command, such as ``data``.

    Args:
        command (str): The name of its primary config.
    """
    return _groups(_primary(command))


def _shown(command: str) -> Mapping[str, str]:
    return _SHOWN.get(command, {})


def _primary(command: str) -> str:
    return (conf_folder() / f"{command}.yaml").read_text()


def _choice_help(command: str, group: str, name: str, file: Path) -> str:
    """What one experiment, suite or job is for, and the settings that it has or changes."""
    usage = f"{group}={name}" if group == command else f"{command} {group}={name}"
    text = file.read_text(encoding="utf-8")
    parts = [f"usage: pyg-symm {usage} [setting=value ...]", "", purpose(file, name)]
    begun = [f"  {group}={base}" for base in re.findall(rf"^  - /{group}/(\S+)$", text, re.M)]
    begun += [f"  {g}={n}" for g, n in re.findall(r"^  - override /(\w+): (\S+)$", text, re.M)]
    for inner in inner_groups(group):
        part = inner.rpartition("/")[2]
        begun += [f"  {inner}={n}" for n in re.findall(rf"^  - {part}: (\S+)$", text, re.M)]
    if begun:
        parts += ["", "begins with:", *begun]
    settings = _settings(text, {}, "" if group == "experiment" else f"{group}.")
    if settings:
        parts += ["", "settings:", *settings]
    more = f"pyg-symm {usage} --cfg job prints all settings"
    return "\n".join([*parts, "", f"{more}, pyg-symm {command} --help explains the common ones."])


def _groups(text: str) -> list[str]:
    """The groups in the defaults list."""
    return [name for name in default_names(text) if (conf_folder() / name).is_dir()]


def _settings(text: str, shown: Mapping[str, str], prefix: str = "") -> list[str]:
    body = re.sub(r"^(defaults|hydra):\n(?:  .*\n|\n)+", "", text, flags=re.M)
    body = re.sub(r"\n\s+# ", " ", body)  # A comment that goes on in the next line.
    lines: list[str] = []
    above: list[tuple[int, str | None]] = []  # None for what a setting cannot name.
    for line in body.splitlines():
        if (found := _LINE.match(line)) is None:
            continue
        indent, key, value, comment = len(found[1]), *found.groups()[1:]
        while above and above[-1][0] >= indent:
            above.pop()
        parent = above[-1][1] if above else prefix
        plain = parent is not None and re.fullmatch(r"(?!_)[\w.]+", key)
        name = f"{parent}{shown.get(key, key)}" if plain else None
        if not value:
            above.append((indent, None if name is None else f"{name}."))
        elif name is not None and value.strip() != "${run_dir}":  # That is written run_dir=.
            setting = f"{name}={'...' if value == '???' else value.strip()}"
            lines.append(f"  {setting:<30}  {comment or ''}".rstrip())
    return lines
