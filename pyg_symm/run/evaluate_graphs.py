"""Generic graphs in a file, beside the family that they are to be of."""

from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf

from pyg_symm.datasets import GENERIC_FAMILIES, GenericGraphs
from pyg_symm.datasets.graph_files import read_graphs
from pyg_symm.metrics import graph_table
from pyg_symm.metrics.graphs.block_model import BlockModelTest
from pyg_symm.metrics.graphs.validity import KINDS, property_of

from .folder import open_run

Rows = dict[str, dict[str, float]]


def evaluate_graphs(cfg: DictConfig) -> tuple[Rows, dict[str, Any]]:
    """Rows of :func:`~pyg_symm.metrics.graph_table`, for the samples and maybe the train set."""
    samples = read_graphs(cfg.samples)
    if not samples:
        raise ValueError(f"'samples' must hold at least one graph (got the empty '{cfg.samples}')")
    if cfg.family is None:
        raise ValueError(f"'family' must be given for graphs (got null, for '{cfg.samples}')")
    if cfg.family not in GENERIC_FAMILIES:
        raise ValueError(f"'family' must be one of {[*GENERIC_FAMILIES]} (got {cfg.family!r})")
    if cfg.workers < 0:
        raise ValueError(f"'workers' must not be negative (got {cfg.workers})")
    sizes: Any = OmegaConf.to_container(cfg.sizes, resolve=True)
    kind = _kind(cfg.family, cfg.kind, sizes)
    try:
        train, test = (
            list(GenericGraphs(cfg.family, split, **sizes)) for split in ("train", "test")
        )
    except ValueError as error:
        raise ValueError(f"'sizes' must be those of a family: {error}") from error
    open_run(cfg, replace=True)
    sets = {"samples": samples}
    if cfg.reference_line:
        generator = torch.Generator().manual_seed(cfg.seed)
        order = torch.randperm(len(train), generator=generator)[: len(samples)]
        sets["train"] = [train[i] for i in order.tolist()]
    # Processes pay for their start only where each graph takes long to judge.
    workers = cfg.workers if cfg.workers > 1 else 0
    rows = {
        name: graph_table(graphs, train, test, kind, workers=workers, progress=cfg.progress)
        for name, graphs in sets.items()
    }
    return rows, {}


def _kind(family: str, kind: str | None, sizes: dict[str, Any]) -> str:
    """What graphs must be: as told, or what all of their family are."""
    if kind is None:
        kind = family if family in KINDS else "connected"
        other = sizes.keys() - {"num_graphs"}
        if isinstance(property_of(kind), BlockModelTest) and other:
            raise ValueError(
                f"'kind' must be given where 'sizes' change what is tested (got null, and "
                f"{sorted(other)} for '{family}')"
            )
    property_of(kind)  # Names that are not known are refused before a folder is made.
    return kind
