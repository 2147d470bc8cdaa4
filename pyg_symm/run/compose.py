"""Configs from Python, as the command line makes them."""

import os
from collections.abc import Sequence

from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

from .aliases import current_names


def plain_overrides(name: str, overrides: Sequence[str]) -> list[str]:
    """Overrides as Hydra takes them.

    To ``sample``, ``model=FOLDER`` names a saved model; as there are configs of models too, Hydra
    would look for one of them. Brackets of the SMILES in ``extend=`` are no lists.
    """
    if name != "sample":
        return current_names(overrides)
    names = {"model": "pretrained", "extend": "extend"}
    pairs = [override.partition("=") for override in overrides]
    return [
        f"{names[key]}={quoted(value)}" if key in names and value != "null" else override
        for override, (key, _, value) in zip(overrides, pairs, strict=True)
    ]


def quoted(value: str | os.PathLike) -> str:
    """A value that Hydra takes as it is: folders of sweeps have commas and equals signs."""
    value = os.fspath(value)
    return value if value[:1] in ("'", '"') else f"'{value}'"


def compose_config(name: str = "train", overrides: Sequence[str] = ()) -> DictConfig:
    r"""Composes a primary config of ``pyg_symm.conf``.

    Args:
        name (str, optional): ``"train"``, ``"sample"``, ``"evaluate"``, ``"quickstart"`` or
            ``"benchmark"``.
            (default: ``"train"``)
        overrides (list, optional): As on the command line, such as ``experiment=lcm/mutag``.

    Examples:
        >>> cfg = compose_config("train", ["experiment=lcm/mutag", "aggr=max"])
        >>> cfg.aggr._target_
        'torch_geometric.nn.aggr.MaxAggregation'
    """
    overrides = plain_overrides(name, overrides)
    # Inside of an application the search path may hold folders of the user's: keep it.
    if GlobalHydra.instance().is_initialized():
        return compose(name, overrides=overrides)
    with initialize_config_module("pyg_symm.conf", version_base="1.3"):
        return compose(name, overrides=overrides)
