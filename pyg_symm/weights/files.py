"""State dicts and specifications out of files that cannot run code, and into them."""

import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import whole_file

from .spec import PermutationSpec


def read_state(path: str | os.PathLike, prefix: str = "") -> dict[str, Tensor]:
    r"""Reads a state dict.

    Args:
        path (str or Path): A ``.safetensors`` file, or what :func:`torch.save` wrote: a state dict
            or a checkpoint with a ``state_dict``. Files that hold more than tensors and plain
            values are refused.
        prefix (str, optional): Keep tensors whose names begin so, without it. In checkpoints of
            Lightning tasks the network is often ``"model."``. (default: :obj:`""`)

    Raises:
        FileNotFoundError: If there is no file.
        ValueError: If it is damaged, holds something else, or no such tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file '{path}'")
    content: Any
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            content = load_file(path)
        else:
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(f"'{path}' holds more than tensors, which could run code") from error
    except Exception as error:
        raise ValueError(f"'{path}' is damaged ({type(error).__name__})") from error
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        raise ValueError(f"'{path}' must hold a state dict (got {type(content).__name__})")
    state = {
        str(name).removeprefix(prefix): tensor
        for name, tensor in content.items()
        if isinstance(tensor, Tensor) and str(name).startswith(prefix)
    }
    if not state:
        raise ValueError(f"'{path}' has no tensors with the prefix '{prefix}'")
    return state


def write_state(path: str | os.PathLike, state: Mapping[str, Tensor]) -> None:
    r"""Writes a state dict to a ``.safetensors`` file.

    Args:
        path (str or Path): The file.
        state (dict): The tensors.
    """
    from safetensors.torch import save_file

    # Copies, as tensors of a file must not share memory.
    copies = {name: t.detach().cpu().clone().contiguous() for name, t in state.items()}
    with whole_file(path) as part:
        save_file(copies, part)


def read_spec(path: str | os.PathLike) -> PermutationSpec:
    r"""Reads a specification.

    Args:
        path (str or Path): A YAML file that :func:`write_spec` wrote.

    Raises:
        ValueError: If it holds something else.
    """
    import yaml

    with open(path) as file:
        content = yaml.safe_load(file)
    if not isinstance(content, dict) or not {"classes", "axes"} <= content.keys():
        raise ValueError(f"'{path}' must hold 'classes' and 'axes', as PermutationSpec.to_dict has")
    return PermutationSpec.from_dict(content)


def write_spec(path: str | os.PathLike, spec: PermutationSpec) -> None:
    r"""Writes a specification to a YAML file.

    Args:
        path (str or Path): The file.
        spec (PermutationSpec): The specification.
    """
    import yaml

    with whole_file(path) as part:
        Path(part).write_text(yaml.safe_dump(spec.to_dict(), sort_keys=False))
