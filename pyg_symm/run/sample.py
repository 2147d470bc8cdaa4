"""Graphs and molecules out of a trained generator."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig
from torch_geometric.data import Data

from pyg_symm.chem import MoleculeVocabulary, draw_molecules, judge_all, to_smiles
from pyg_symm.chem.writing import write_molecules
from pyg_symm.datasets.graph_files import ENDINGS, write_graphs
from pyg_symm.generation import PARD, Constraints, path_consistency
from pyg_symm.generation.scaffolds import (
    draw_scaffolds,
    grow,
    judge_scaffolds,
    read_scaffolds,
)

from .figures import draw_graphs
from .folder import job, open_run

_PICTURES = (".png", ".svg")
_MOLECULES = (".smi", ".txt", ".csv", ".sdf", ".pt")


@job
def sample(cfg: DictConfig) -> dict[str, Any]:
    r"""Samples from a saved model into files.

    ``cfg.run_dir`` receives the resolved ``config.yaml``, the files named by ``cfg.out``, and
    ``report.json``: validity, its causes, uniqueness, how often graphs were made along their own
    structural order, and what the run cost; for each molecule that was to be extended also how many
    samples are valid and how many of these contain it. Finished graphs are kept while it runs;
    called again with the same folder, seed and settings, it goes on from there.

    Files of SMILES have a line for every sample, also for invalid ones, which no reader accepts, so
    that an evaluation counts them.

    Args:
        cfg (DictConfig): A composed ``sample`` config.

    Returns:
        dict: The content of ``report.json``.

    Raises:
        FileNotFoundError: If there is no such model.
        ValueError: If nothing is asked for, a file has another ending, or a setting does not fit
            the model.
    """
    model = load(cfg.pretrained, cfg.device)
    known = model.config.vocabulary
    vocabulary = None if known is None else MoleculeVocabulary.from_dict(known)
    out = ["samples.pt" if vocabulary is None else "samples.smi", "samples.png"]
    if cfg.out is not None:
        out = [cfg.out] if isinstance(cfg.out, str) else list(cfg.out)
    files = [Path(cfg.run_dir) / name for name in out]
    _check_endings(files, vocabulary)
    if cfg.num_samples < 1:
        raise ValueError(f"'num_samples' must be positive (got {cfg.num_samples})")
    constraints = _constraints(cfg, model, vocabulary)
    scaffolds = [] if cfg.extend is None else read_scaffolds(cfg.extend, vocabulary)
    options = {
        "generator": torch.Generator().manual_seed(cfg.seed),
        "batch_size": cfg.batch_size,
        "max_nodes": cfg.max_nodes,
        "min_nodes": cfg.min_nodes,
        "num_steps": cfg.num_steps,
        "temperature": cfg.temperature,
        "compile": cfg.compile,
        "progress": cfg.progress,
        "constraints": constraints if constraints.any else None,
        "resume": Path(cfg.run_dir) / "finished",
    }
    run_dir = open_run(cfg)
    for file in files:  # Before hours of sampling, not after.
        file.parent.mkdir(parents=True, exist_ok=True)
    begin = time.perf_counter()
    if scaffolds:
        graphs, cost = grow(model, scaffolds, cfg.num_samples, options)
    else:
        graphs, cost = model.sample(cfg.num_samples, **options), model.report
    seconds = time.perf_counter() - begin
    report: dict[str, Any] = {
        "num_samples": len(graphs),
        "path_consistency": _share(path_consistency(graphs, model.config.statistics.max_hops)),
        "mean_nodes": sum(data.num_nodes for data in graphs) / len(graphs),
        "mean_blocks": sum(data.num_blocks for data in graphs) / len(graphs),
        "constraints": [name for name in cfg.constraints if cfg.constraints[name] is True],
        "seconds": seconds,
        **{f"run_{name}": value for name, value in asdict(cost).items()},
    }
    if vocabulary is not None:
        smiles, verdict = judge_all(graphs, vocabulary)
        report = {**verdict, **report}
        if scaffolds:
            report["scaffolds"] = judge_scaffolds(scaffolds, graphs, smiles, vocabulary)
    for file in files:
        path, ending = str(file), file.suffix.lower()
        if vocabulary is None:
            (draw_graphs if ending in _PICTURES else write_graphs)(path, graphs)
        elif ending in _PICTURES:
            if scaffolds:
                draw_scaffolds(path, scaffolds, smiles)
            elif any(smiles):
                draw_molecules(path, [text for text in smiles if text is not None][: cfg.pictures])
        elif ending in (".sdf", ".pt"):
            write_molecules(path, graphs, vocabulary)
        else:
            _write_smiles(path, ending, graphs, smiles, vocabulary)
    (run_dir / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    _print(report)
    print(*files, sep="\n")
    return report


def load(path: str, device: str | None = None) -> PARD:
    """A saved model: its folder, or the folder of the training run that left it."""
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return PARD.from_pretrained(path, device)


def _constraints(
    cfg: DictConfig, model: PARD, vocabulary: MoleculeVocabulary | None
) -> Constraints:
    asked = cfg.constraints
    if not asked.valence:
        return Constraints(asked.degree, asked.connected, max_redraws=asked.max_redraws)
    if vocabulary is None:
        raise ValueError("'constraints.valence' needs a model of molecules")
    return Constraints(
        asked.degree,
        asked.connected,
        vocabulary.max_valence,
        vocabulary.bond_orders,
        asked.max_redraws,
    )


def _write_smiles(
    path: str,
    ending: str,
    graphs: list[Data],
    smiles: list[str | None],
    vocabulary: MoleculeVocabulary,
) -> None:
    lines = ["SMILES"] if ending == ".csv" else []
    for data, text in zip(graphs, smiles, strict=True):
        lines.append(text or str(to_smiles(data, vocabulary, sanitize=False)))
    Path(path).write_text("\n".join(lines) + "\n")


def _check_endings(files: list[Path], vocabulary: MoleculeVocabulary | None) -> None:
    known = (ENDINGS if vocabulary is None else _MOLECULES) + _PICTURES
    for file in files:
        if file.suffix.lower() not in known:
            raise ValueError(f"'out' must end in one of {list(known)} (got '{file.name}')")


def _share(flags: torch.Tensor) -> float:
    return float(flags.double().mean())


def _print(report: dict[str, Any]) -> None:
    for name, value in report.items():
        shown = f"{value:.4f}" if isinstance(value, float) else value
        print(f"{name:>20} {shown}")
