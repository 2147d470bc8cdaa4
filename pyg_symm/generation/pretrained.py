"""Saved models: weights and settings, no code."""

import hashlib
import json
import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor, nn

from pyg_symm import __version__
from pyg_symm.utils import whole_file
from pyg_symm.utils.files import write_json

from .config import PARDConfig
from .sanity import check_config

Model = TypeVar("Model", bound=nn.Module)

_FORMAT = 1  # Raised when models of an older one can no longer be read.
_WEIGHTS, _CONFIG = "model.safetensors", "config.json"
_MEND = "save the model again, or copy its folder again"


def save_model(path: str | os.PathLike, tensors: dict[str, Tensor], config: PARDConfig) -> None:
    """See :meth:`~pyg_symm.generation.PARD.save`."""
    from safetensors.torch import save

    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    weights = save({name: value.contiguous().cpu() for name, value in tensors.items()})
    settings = config.to_dict()
    content = {
        "format": _FORMAT,
        "version": __version__,
        "config": settings,
        "digests": {"config": _digest(_canonical(settings)), "weights": _digest(weights)},
    }
    # Both are complete or absent; the config comes last, without which there is no model.
    with whole_file(folder / _WEIGHTS) as part:
        Path(part).write_bytes(weights)  # Not save_file, whose files only their owner may read.
    write_json(folder / _CONFIG, content)


def shipped_models() -> dict[str, Path]:
    """The folders of the bundled models, by name.

    Examples:
        >>> sorted(shipped_models())
        ['moses', 'qm9']
    """
    root = Path(str(files("pyg_symm.pretrained")))
    return {file.parent.name: file.parent for file in sorted(root.glob(f"*/{_CONFIG}"))}


def find_model(path: str | os.PathLike) -> Path:
    r"""The folder of a model: the path, its ``model``, or a bundled model of this name.

    Raises:
        FileNotFoundError: If there is no model.
    """
    folder = Path(path)
    if (folder / "model" / _CONFIG).is_file():
        folder = folder / "model"
    shipped = shipped_models()
    # A folder of that name that holds no model does not hide a bundled one.
    named = os.fspath(path) in shipped and not (folder / _CONFIG).is_file()
    if named or not folder.is_dir():
        if not named:
            raise FileNotFoundError(
                f"'path' is neither a folder nor one of the bundled models {sorted(shipped)} "
                f"(got '{folder}')"
            )
        folder = shipped[os.fspath(path)]
    for name in (_CONFIG, _WEIGHTS):
        if not (folder / name).is_file():
            unfinished = (folder / "checkpoints").is_dir()
            hint = "; the training run in this folder has not ended" if unfinished else ""
            raise FileNotFoundError(f"'path' holds no model: there is no '{folder / name}'{hint}")
    return folder


def load_config(path: str | os.PathLike) -> PARDConfig:
    r"""The settings of a saved model.

    Raises:
        FileNotFoundError: If there is no model.
        ValueError: If the settings are damaged or of another format.
    """
    return _read_config(find_model(path))[0]


def load_model(path: str | os.PathLike, build: Callable[[PARDConfig], Model]) -> Model:
    r"""A saved model with its weights.

    Args:
        path (str or Path): As in :meth:`~pyg_symm.generation.PARD.from_pretrained`.
        build (Callable): Makes the model from its settings.

    Raises:
        FileNotFoundError: If there is no model.
        ValueError: If a file is damaged, or the settings do not fit the weights.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    folder = find_model(path)
    config, digest = _read_config(folder)
    weights = (folder / _WEIGHTS).read_bytes()
    if digest is not None and digest != _digest(weights):
        raise ValueError(
            f"'{folder / _WEIGHTS}' is damaged: it has changed since it was written; {_MEND}"
        )
    try:
        tensors = load(weights)
    except SafetensorError as error:
        raise ValueError(f"'{folder / _WEIGHTS}' is damaged: {error}; {_MEND}") from error
    try:
        check_config(config, tensors)
        model = build(config)
        model.load_state_dict(tensors)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"'{folder / _CONFIG}' and '{_WEIGHTS}' do not fit together: {error}; {_MEND}"
        ) from error
    return model


def _read_config(folder: Path) -> tuple[PARDConfig, str | None]:
    """Settings, and the digest of the weights if there is one."""
    file = folder / _CONFIG
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        known, version = content["format"], content["version"]
        digests = content.get("digests", {})
        if known == _FORMAT and digests.get("config") not in (
            None,
            _digest(_canonical(content["config"])),
        ):
            raise ValueError("it has changed since it was written")
        config = PARDConfig.from_dict(content["config"]) if known == _FORMAT else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"'{file}' is damaged or is not a config: {error!r}; {_MEND}") from error
    if config is None:
        raise ValueError(
            f"'path' holds a model of format {known}, written by version {version} (this version "
            f"{__version__} reads format {_FORMAT})"
        )
    return config, digests.get("weights")


def _canonical(config: dict[str, Any]) -> bytes:
    return json.dumps(config, sort_keys=True).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
