"""Saved models: weights and settings, no code."""

import json
import os
from importlib.resources import files
from pathlib import Path

from torch import Tensor, nn

from pyg_symm import __version__
from pyg_symm.utils import whole_file

from .config import PARDConfig

_FORMAT = 1  # Raised when models of an older one can no longer be read.
_WEIGHTS, _CONFIG = "model.safetensors", "config.json"


def save_model(path: str | os.PathLike, tensors: dict[str, Tensor], config: PARDConfig) -> None:
    """See :meth:`~pyg_symm.generation.PARD.save`."""
    from safetensors.torch import save

    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    content = {"format": _FORMAT, "version": __version__, "config": config.to_dict()}
    # Both are complete or absent; the config comes last, without which there is no model.
    with whole_file(folder / _WEIGHTS) as part:
        # Not save_file, whose files only their owner may read.
        Path(part).write_bytes(
            save({name: value.contiguous().cpu() for name, value in tensors.items()})
        )
    with whole_file(folder / _CONFIG) as part:
        Path(part).write_text(json.dumps(content, indent=2) + "\n")


def shipped_models() -> dict[str, Path]:
    """The folders of the bundled models, by name.

    Examples:
        >>> sorted(shipped_models())
        ['moses', 'qm9']
    """
    root = Path(str(files("pyg_symm.pretrained")))
    return {file.parent.name: file.parent for file in sorted(root.glob(f"*/{_CONFIG}"))}


def _find(path: str | os.PathLike) -> Path:
    """The folder of a model: the path, its ``model``, or a bundled model of this name."""
    folder = Path(path)
    if (folder / "model" / _CONFIG).is_file():
        return folder / "model"
    if folder.is_dir():
        return folder
    shipped = shipped_models()
    if os.fspath(path) not in shipped:
        raise FileNotFoundError(
            f"'path' is neither a folder nor one of the models {sorted(shipped)} that come with "
            f"the package (got '{folder}')"
        )
    return shipped[os.fspath(path)]


def fill(model: nn.Module, tensors: dict[str, Tensor], path: str | os.PathLike) -> None:
    """Gives a model the weights that were read from a folder."""
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(f"The weights in '{path}' do not fit its config: {error}") from error


def load_model(path: str | os.PathLike) -> tuple[PARDConfig, dict[str, Tensor]]:
    """See :meth:`~pyg_symm.generation.PARD.from_pretrained`."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = _find(path)
    for name in (_CONFIG, _WEIGHTS):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"'path' holds no model: there is no '{folder / name}'")
    try:
        content = json.loads((folder / _CONFIG).read_text())
        known, version = content["format"], content["version"]
        config = PARDConfig.from_dict(content["config"]) if known == _FORMAT else None
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"'{folder / _CONFIG}' is not a config: {error!r}") from error
    if config is None:
        raise ValueError(
            f"'path' holds a model of format {known}, written by version {version} (this version "
            f"{__version__} reads format {_FORMAT})"
        )
    try:
        return config, load_file(folder / _WEIGHTS)
    except SafetensorError as error:
        raise ValueError(f"'{folder / _WEIGHTS}' is damaged: {error}") from error
