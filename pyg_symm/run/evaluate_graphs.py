"""Generic graphs in a file, beside the family that they are to be of."""

from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf

from pyg_symm.datasets import GenericGraphs
from pyg_symm.metrics import graph_table
from pyg_symm.metrics.graphs.validity import PROPERTIES

from .folder import open_run
from .graph_files import read_graphs

Rows = dict[str, dict[str, float]]


def evaluate_graphs(cfg: DictConfig) -> tuple[Rows, dict[str, Any]]:
    """Rows of :func:`~pyg_symm.metrics.graph_table`, for the samples and maybe the train set."""
    samples = read_graphs(cfg.samples)
    if not samples:
        raise ValueError(f"'samples' must hold at least one graph (got the empty '{cfg.samples}')")
    if cfg.family is None:
        raise ValueError(f"'family' must be given for graphs (got null, for '{cfg.samples}')")
    kind = cfg.kind or (cfg.family if cfg.family in PROPERTIES else "connected")
    sizes: Any = OmegaConf.to_container(cfg.sizes, resolve=True)
    train, test = (list(GenericGraphs(cfg.family, split, **sizes)) for split in ("train", "test"))
    open_run(cfg)
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
