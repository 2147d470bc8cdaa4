"""Adapters in the files of peft: JSON and safetensors, nothing that could run code."""

import json
import os
from pathlib import Path
from typing import Any

from torch import Tensor

from pyg_symm.utils import whole_file
from pyg_symm.utils.files import write_json

from .adapter import Adapter
from .config import check_config, config_of, options_of, scaling_of
from .names import factors_of, tensors_of

CONFIG, TENSORS = "adapter_config.json", "adapter_model.safetensors"
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


def load_adapter(path: str | os.PathLike) -> Adapter:
    r"""Reads an adapter that `peft <https://github.com/huggingface/peft>`_ has saved.

    All kinds of scaling are understood: ``lora_alpha / r``, ``use_rslora``, ``rank_pattern`` and
    ``alpha_pattern``; and linear layers, convolutions and embeddings.

    Args:
        path (str or Path): A folder with ``adapter_config.json`` and ``adapter_model.safetensors``,
            or the latter file in it.

    Raises:
        ValueError: If the file is a pickle or damaged, or if the adapter is more than plain LoRA;
            the message names the tensor or the option.
        FileNotFoundError: If there is no adapter.

    Examples:
        >>> import tempfile, torch
        >>> adapter = Adapter({"lin": (torch.ones(2, 3), torch.ones(4, 2), 0.5)})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_adapter(adapter, folder)
        ...     load_adapter(folder)
        Adapter(1 modules, rank 2)
    """
    folder, file = _located(Path(path))
    config = _read_config(folder / CONFIG)
    try:
        check_config(config)
        pairs, layouts = factors_of(_read_tensors(file))
        modules = {
            name: (a, b, scaling_of(config, name, a.size(0))) for name, (a, b) in pairs.items()
        }
        base = config.get("base_model_name_or_path") or None
        return Adapter(modules, layouts=layouts, base_model=base, options=options_of(config))
    except ValueError as error:
        raise ValueError(f"'{folder}': {error}") from error


def save_adapter(adapter: Adapter, path: str | os.PathLike) -> None:
    r"""Writes an adapter so that peft can load it. Equal adapters give equal files.

    Args:
        adapter (Adapter): The adapter.
        path (str or Path): A folder, which is made if it does not exist.

    Raises:
        ValueError: If ``path`` is a file.
    """
    from safetensors.torch import save_file

    folder = Path(path)
    if folder.is_file() or folder.suffix in (".safetensors", *_PICKLES):
        raise ValueError(f"'path' must be a folder (got '{path}')")
    folder.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Tensor] = {}
    for name, (a, b, _) in sorted(adapter.items()):
        tensors |= tensors_of(name, a.detach().cpu(), b.detach().cpu(), adapter.layouts[name])
    # Copies, as tensors of a file must not share memory.
    copies = {name: tensor.clone().contiguous() for name, tensor in tensors.items()}
    ranks = {name: module.rank for name, module in adapter.items()}
    scalings = {name: module.scaling for name, module in adapter.items()}
    with whole_file(folder / TENSORS) as part:
        save_file(copies, part, metadata={"format": "pt"})
    write_json(folder / CONFIG, config_of(ranks, scalings, adapter.base_model, adapter.options))


def _located(path: Path) -> tuple[Path, Path]:
    folder = path if path.is_dir() else path.parent
    file = folder / TENSORS if path.is_dir() else path
    pickles = [path] if path.suffix in _PICKLES else sorted(folder.glob("adapter_model.*"))
    pickles = [pickle for pickle in pickles if pickle.suffix in _PICKLES]
    if pickles and (path in pickles or not file.is_file()):
        raise ValueError(
            f"'{pickles[0]}' is a pickle, which could run code and is not loaded; "
            "save the adapter as safetensors"
        )
    if not file.is_file():
        raise FileNotFoundError(f"No adapter at '{path}': '{file}' does not exist")
    return folder, file


def _read_config(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise FileNotFoundError(f"No adapter at '{file.parent}': '{file}' does not exist")
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"'{file}' is damaged ({error})") from error
    if not isinstance(config, dict):
        raise ValueError(f"'{file}' must hold a dictionary (got {config!r})")
    return config


def _read_tensors(file: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(file)
    except SafetensorError as error:
        raise ValueError(f"'{file}' is no file of safetensors ({error})") from error
