"""Help of a command: its settings and their comments, read from its config."""

import importlib.util
import re
from pathlib import Path

_SHOWN = {"sample": {"pretrained": "model"}}  # Settings that are written otherwise by users.
_LINE = re.compile(r"^(\s*)([\w.]+):(?:\s+([^#]*?))?(?:\s*#\s*(.*))?$")
_OPTIONS = """\
  -m                      run a sweep: settings may have several values, seed=0,1,2
  --cfg job               print the config and stop
  --config-dir FOLDER     also look for configs in a folder of yours
  --help                  print this text"""


def command_help(command: str, summary: str) -> str:
    r"""The usage of a command, one line for each setting.

    Args:
        command (str): The name of its primary config.
        summary (str): What it does.
    """
    text = (_conf() / f"{command}.yaml").read_text()
    parts = [f"usage: pyg-symm {command} [setting=value ...]", "", summary]
    names = [name for outer in _groups(text) for name in (outer, *inner_groups(outer))]
    groups = [f"  {name:<22}  {', '.join(choices(name))}" for name in names]
    if groups:
        parts += ["", "groups of settings, chosen by name (group=name), and group.setting=value:"]
        parts += groups
    parts += ["", "settings:", *_settings(command, text), "", "options:", _OPTIONS]
    return "\n".join(parts)


def setting_names(command: str) -> list[str]:
    r"""The settings of a command as users write them, such as ``constraints.valence``.

    Args:
        command (str): The name of its primary config.
    """
    lines = _settings(command, (_conf() / f"{command}.yaml").read_text())
    return [line.split("=")[0].strip() for line in lines]


def group_names(command: str) -> list[str]:
    r"""The groups of settings of a command, such as ``data``.

    Args:
        command (str): The name of its primary config.
    """
    return _groups((_conf() / f"{command}.yaml").read_text())


def _conf() -> Path:
    spec = importlib.util.find_spec("pyg_symm.conf")
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def _groups(text: str) -> list[str]:
    """The groups in the defaults list."""
    return [name for name in _default_names(text) if (_conf() / name).is_dir()]


def _default_names(text: str) -> list[str]:
    """What the defaults list chooses from."""
    block = re.search(r"^defaults:\n((?:  .*\n|\n)+)", text, re.M)
    return re.findall(r"^  - (\w+):", block[1] if block else "", re.M)


def choices(group: str) -> list[str]:
    """The names of the configs of a group, without those of groups in it."""
    folder = _conf() / group
    files = (file.relative_to(folder).with_suffix("") for file in folder.rglob("*.yaml"))
    others = {"base", *(name.removeprefix(f"{group}/") for name in inner_groups(group))}
    return sorted(file.as_posix() for file in files if file.parts[0] not in others)


def inner_groups(group: str) -> list[str]:
    """The groups in a group, such as ``job/matcher``: its configs choose from them by default."""
    folder = _conf() / group
    chosen = {
        name for file in folder.glob("*.yaml") for name in _default_names(file.read_text("utf-8"))
    }
    return sorted(f"{group}/{name}" for name in chosen if (folder / name).is_dir())


def _settings(command: str, text: str) -> list[str]:
    body = re.sub(r"^(defaults|hydra):\n(?:  .*\n|\n)+", "", text, flags=re.M)
    body = re.sub(r"\n\s+# ", " ", body)  # A comment that goes on in the next line.
    shown, above = [], ""
    for line in body.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        indent, key, value, comment = found.groups()
        above = key if not indent else above
        name = f"{above}.{key}" if indent else _SHOWN.get(command, {}).get(key, key)
        if not value:
            continue
        setting = f"{name}={'...' if value == '???' else value.strip()}"
        shown.append(f"  {setting:<30}  {comment or ''}".rstrip())
    return shown
