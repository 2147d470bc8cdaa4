"""From a trained network to the files of a smaller one."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch.nn import Module

from pyg_symm.utils.files import write_json

from ..files import read_spec, read_state, write_spec, write_state
from ..spec import PermutationSpec
from .complexity import BETAS, FeatureComplexity, feature_complexity
from .draw import draw_complexity
from .layout import unmergeable
from .merging import check_beta, merge_features


def merge_files(
    model: Module,
    out: str | os.PathLike,
    *,
    weights: str | os.PathLike | None = None,
    prefix: str = "",
    spec: str | os.PathLike | PermutationSpec | None = None,
    inputs: Sequence[Any] = (),
    named_inputs: Mapping[str, Any] | None = None,
    freeze: Sequence[str] = (),
    keep_unmergeable: bool = False,
    beta: float = 0.1,
    betas: Sequence[float] = BETAS,
    preset: str = "ward",
    distance: str = "both",
    evaluate: Callable[[Module], float] | None = None,
    value: str = "value",
) -> dict[str, Any]:
    r"""Merges the features of a network and writes the merged network, with a report.

    ``out`` receives ``merged.safetensors``, the tensors of the smaller network; ``spec.yaml`` and
    ``groups.json``, the classes and which of their units became one; and ``curve.png``, the widths
    over the threshold. ``resized(model, read_state("merged.safetensors"))`` makes the smaller
    module of the original one.

    Args:
        model (torch.nn.Module): The network.
        out (str or Path): The folder of the results.
        weights (str or Path, optional): A file with its tensors. (default: those it has)
        prefix (str, optional): What the names of tensors in the file begin with.
        spec (str, Path or PermutationSpec, optional): The classes, or a YAML file of them.
            (default: those that :func:`~pyg_symm.weights.trace_spec` finds with the inputs)
        inputs (sequence, optional): Example inputs of the network.
        named_inputs (dict, optional): More of them, by keyword.
        freeze (sequence of str, optional): Classes that stay as they are.
        keep_unmergeable (bool, optional): Whether classes that cannot be merged exactly stay as
            they are, instead of raising an error. (default: :obj:`False`)
        beta (float, optional): The threshold of the network that is written.
        betas (sequence of float, optional): The thresholds of the curve.
        preset (str, optional): As in :func:`merge_features`. (default: :obj:`"ward"`)
        distance (str, optional): As in :func:`merge_features`. (default: :obj:`"both"`)
        evaluate (callable, optional): A number of a network, such as its test accuracy.
        value (str, optional): What this number is called.

    Returns:
        dict: Numbers of the network that was written, the curve, and a ``"table"``.

    Raises:
        ValueError: If an argument is wrong, or a class cannot be merged. The message names the
            tensor.
    """
    check_beta(beta)
    if weights is not None:
        _load(model, weights, prefix)
    model = model.eval()
    if not isinstance(spec, PermutationSpec):
        spec = read_spec(spec) if spec is not None else _trace(model, inputs, named_inputs or {})
    spec = spec.freeze(*freeze)
    kept = unmergeable(model, spec)
    if kept and not keep_unmergeable:
        name, reason = next(iter(kept.items()))
        raise ValueError(
            f"class '{name}' cannot be merged exactly: {reason}; 'keep_unmergeable' leaves "
            f"{list(kept)} as they are"
        )
    spec = spec.freeze(*kept)
    if not spec.classes:
        raise ValueError(f"there is no class to be merged (those that cannot be: {kept})")
    options: dict[str, Any] = {"preset": preset, "distance": distance}
    curve = feature_complexity(model, spec, betas, **options, evaluate=evaluate)
    merged = merge_features(model, spec, beta, **options)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    write_state(folder / "merged.safetensors", merged.model.state_dict())
    write_json(folder / "groups.json", merged.groups)
    write_spec(folder / "spec.yaml", spec)
    draw_complexity(folder / "curve.png", {"": curve}, title=f"Merging, {preset}", value=value)
    return _report(merged.widths, curve, beta, kept, merged.model, evaluate, value)


def _report(
    widths: dict[str, int],
    curve: FeatureComplexity,
    beta: float,
    kept: dict[str, str],
    model: Module,
    evaluate: Callable[[Module], float] | None,
    value: str,
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "beta": beta,
        "widths": widths,
        "parameters": sum(p.numel() for p in model.parameters()),
        "original": {"widths": curve.classes, "parameters": curve.original},
        "dead": curve.dead,
        "kept": kept,
        "curve": curve.to_dict(),
    }
    if evaluate is not None:
        result[value] = float(evaluate(model))
    return {**result, "table": curve.table(value)}


def _load(model: Module, weights: str | os.PathLike, prefix: str) -> None:
    state, own = read_state(weights, prefix), model.state_dict()
    for name in [*own, *state]:
        if name not in state or name not in own:
            where = "the file" if name not in state else "the network"
            raise ValueError(f"tensor '{name}' of '{weights}': {where} does not have it")
        if state[name].shape != own[name].shape:
            raise ValueError(
                f"tensor '{name}' of '{weights}' has shape {list(state[name].shape)}, in the "
                f"network {list(own[name].shape)}"
            )
    model.load_state_dict(state)


def _trace(model: Module, inputs: Sequence[Any], named: Mapping[str, Any]) -> PermutationSpec:
    if not inputs and not named:
        raise ValueError("'spec' or example 'inputs' are needed to know which units are alike")
    from ..tracing import trace_spec

    return trace_spec(model, *inputs, **named)
