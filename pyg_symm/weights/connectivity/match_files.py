"""Matches networks whose weights are in files."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ..files import read_spec, read_state
from ..matching import Match
from ..spec import PermutationSpec
from ..tracing import trace_spec
from .job import match_states
from .states import check_fits


def match_files(
    models: Sequence[str | os.PathLike],
    match: Callable[..., Match],
    out: str | os.PathLike,
    *,
    spec: str | os.PathLike | None = None,
    model: torch.nn.Module | None = None,
    inputs: Sequence[Any] = (),
    named_inputs: Mapping[str, Any] | None = None,
    freeze: Sequence[str] = (),
    prefix: str = "",
    gamma: float = 0.3,
) -> dict[str, Any]:
    r"""Matches networks whose weights are in files; see ``conf/job``.

    Args:
        models (list): Files of tensors, see :func:`~pyg_symm.weights.files.read_state`.
        match (Callable): ``match(spec, a, b)`` returns a match.
        out (str or Path): The folder of the results, see :func:`match_states`.
        spec (str or Path, optional): A YAML file of the specification.
        model (torch.nn.Module, optional): A network of the architecture, to trace without a file.
        inputs (list, optional): Its example inputs.
        named_inputs (dict, optional): More of them, by keyword.
        freeze (list, optional): Classes that stay as they are.
        prefix (str, optional): What the names of tensors begin with.
        gamma (float, optional): As in :func:`match_states`. (default: :obj:`0.3`)

    Returns:
        dict: As :func:`match_states`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file is damaged or does not fit.
    """
    states = {name: read_state(path, prefix) for name, path in short_names(models).items()}
    if spec is not None:
        found = read_spec(spec)
    elif model is not None:
        for name, state in states.items():
            check_fits(model, state, name)
        found = trace_spec(model.eval(), *inputs, **(named_inputs or {}))
    else:
        raise ValueError("'spec' or 'model' with example inputs must be given")
    found = found.freeze(*freeze)
    return match_states(states, found, matching(match, found), out, gamma=gamma)


def matching(match: Callable[..., Match], spec: PermutationSpec) -> Callable[..., Match]:
    """A way of matching for one specification."""
    return lambda a, b: match(spec, a, b)


def short_names(paths: Sequence[str | os.PathLike], argument: str = "models") -> dict[str, Path]:
    r"""A name for each path: its last parts that no other path shares.

    Args:
        paths (list): The paths.
        argument (str, optional): What messages call them. (default: ``"models"``)

    Raises:
        ValueError: If there are fewer than two, or one is there twice.

    Examples:
        >>> list(short_names(["runs/seed=0", "runs/seed=1"])), list(short_names(["a/x", "b/x"]))
        (['seed=0', 'seed=1'], ['a-x', 'b-x'])
    """
    found = [Path(path) for path in paths]
    if len(found) < 2:
        raise ValueError(f"'{argument}' must be two or more (got {list(map(str, found))})")
    for depth in range(1, max(len(path.parts) for path in found) + 1):
        parts = [
            (*path.parts[:-1], path.stem if path.suffix in _ENDINGS else path.name)
            for path in found
        ]
        names = ["-".join(p[-depth:]).strip("/") for p in parts]
        if len(set(names)) == len(names):
            return dict(zip(names, found, strict=True))
    raise ValueError(f"'{argument}' must differ (got {list(map(str, found))})")


_ENDINGS = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")
