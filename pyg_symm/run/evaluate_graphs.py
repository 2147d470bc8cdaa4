"""Graphs in a file, compared with a family of generic graphs."""

from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from torch_geometric.data import Data

from pyg_symm.datasets import GENERIC_FAMILIES, GenericGraphs
from pyg_symm.datasets.graph_files import read_graphs
from pyg_symm.metrics import graph_table
from pyg_symm.metrics.graphs.validity import kind_of_family, property_of

from .folder import open_run


def evaluate_graphs(
    cfg: DictConfig,
) -> tuple[dict[str, dict[str, float]], dict[str, Any], list[str]]:
    """Rows of :func:`~pyg_symm.metrics.graph_table`, what else to keep, and notes to print."""
    if cfg.family is not None and cfg.family not in GENERIC_FAMILIES:
        raise ValueError(f"'family' must be one of {[*GENERIC_FAMILIES]} (got {cfg.family!r})")
    samples = read_graphs(cfg.samples)
    if not samples:
        raise ValueError(f"'samples' must hold at least one graph (got the empty '{cfg.samples}')")
    if _are_molecules(samples):
        raise ValueError(
            f"'samples' must be graphs without labels (got molecules in '{cfg.samples}': evaluate "
            "them as SMILES, which 'pyg-symm sample out=samples.smi' writes)"
        )
    if cfg.family is None:
        raise ValueError(f"'family' must be given for graphs (got null, for '{cfg.samples}')")
    sizes: Any = OmegaConf.to_container(cfg.sizes, resolve=True)
    kind = cfg.kind
    if kind is None:
        kind = kind_of_family(cfg.family, sizes.keys() - {"num_graphs"})
    property_of(kind)  # Unknown names are refused before a folder is made.
    try:
        train, test = (
            list(GenericGraphs(cfg.family, split, **sizes)) for split in ("train", "test")
        )
    except ValueError as error:
        raise ValueError(f"'sizes' must be those of a family: {error}") from error
    open_run(cfg, replace="samples")
    print(
        f"{len(samples)} graphs of '{cfg.samples}'. The table is written to '{cfg.run_dir or '.'}'."
        f"\nThey are compared with {len(train)} training and {len(test)} test graphs of the family "
        f"'{cfg.family}', and are valid if they are '{kind}'.",
        flush=True,
    )
    sets = {"samples": samples}
    if cfg.reference_line:
        generator = torch.Generator().manual_seed(cfg.seed)
        order = torch.randperm(len(train), generator=generator)[: len(samples)]
        sets["train"] = [train[i] for i in order.tolist()]
    rows = {
        name: graph_table(graphs, train, test, kind, workers=cfg.workers, progress=cfg.progress)
        for name, graphs in sets.items()
    }
    return rows, {}, []


def _are_molecules(graphs: list[Data]) -> bool:
    """Whether graphs carry SMILES, or more than one class of nodes and one of edges."""
    if any("smiles" in data for data in graphs):
        return True
    return all(
        len({value for data in graphs for value in _classes(data.get(key))}) > 1
        for key in ("x", "edge_attr")
    )


def _classes(labels: Any) -> list[int]:
    """The classes in a column of integers, or nothing for other features."""
    if not isinstance(labels, torch.Tensor) or labels.is_floating_point():
        return []
    return labels.unique().tolist() if labels.dim() == 1 or labels.size(-1) == 1 else []
