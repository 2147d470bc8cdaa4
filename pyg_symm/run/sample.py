"""Samples graphs and molecules from a trained generator."""

import re
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig
from torch_geometric.data import Data

from pyg_symm.chem import MoleculeVocabulary
from pyg_symm.generation import (
    PARD,
    Constraints,
    MoleculeSamples,
    SampleOptions,
    SampleReport,
    SamplingRun,
    path_consistency,
)
from pyg_symm.generation.molecules import PIECES
from pyg_symm.generation.scaffolds import judge_scaffolds, read_scaffolds
from pyg_symm.utils.files import write_json

from .check import COUNT, FLAG, NATURAL, SOME, Choice, Number, Rule, check_device, check_rules
from .folder import job, open_run
from .sample_files import sample_files, write_graph_samples, write_molecule_samples
from .sample_summary import summary

_RULES: dict[str, Rule] = {
    "num_samples": COUNT,
    "pictures": COUNT,
    "batch_size": SOME,
    "max_nodes": SOME,
    "min_nodes": NATURAL,
    "num_steps": SOME,
    "temperature": Number(float, 0, above=True),
    "pieces": Choice(PIECES),
    "constraints.degree": FLAG,
    "constraints.connected": FLAG,
    "constraints.valence": FLAG,
    "constraints.one_piece": FLAG,
    "constraints.max_redraws": NATURAL,
    "threads": SOME,
    "progress": FLAG,
}


@job
def sample(cfg: DictConfig) -> dict[str, Any]:
    r"""Samples from a saved model into files.

    ``cfg.run_dir`` receives the resolved ``config.yaml``, the files named by ``cfg.out``, and
    ``report.json``: validity, its causes, uniqueness, the share in several pieces, how often graphs
    were generated along their own structural order, and what the run cost; for each molecule that
    was extended also how many samples are valid and how many of these contain it. Finished graphs
    are kept while it runs; called again with the same folder, seed and settings, it continues.

    All settings are checked before anything is sampled or written.

    Args:
        cfg (DictConfig): A composed ``sample`` config.

    Returns:
        dict: The content of ``report.json``.

    Raises:
        FileNotFoundError: If there is no such model or file.
        ValueError: If a setting is out of range or does not fit the model, or the folder holds
            another run.
    """
    check_rules(cfg, _RULES)
    model = load(cfg.pretrained, cfg.device)
    known = model.config.vocabulary
    vocabulary = None if known is None else MoleculeVocabulary.from_dict(known)
    files = sample_files(cfg.out, cfg.run_dir, vocabulary is not None)
    scaffolds = [] if cfg.extend is None else read_scaffolds(cfg.extend, vocabulary)
    try:
        runs = _plan(cfg, model, vocabulary, scaffolds)
    except ValueError as error:  # Of finished graphs that are kept in the folder.
        text = str(error).replace("'resume' holds", "'run_dir' holds")
        raise ValueError(re.sub(r"\bn is (\d)", r"num_samples is \1", text)) from error
    run_dir = open_run(cfg)
    for file in files:  # Before hours of sampling, not after.
        file.parent.mkdir(parents=True, exist_ok=True)
    begin = time.perf_counter()
    graphs = [data for run in runs for data in run()]
    cost = sum((run.report for run in runs), SampleReport())
    report: dict[str, Any] = {
        "num_samples": len(graphs),
        "path_consistency": _share(path_consistency(graphs, model.config.statistics.max_hops)),
        "mean_nodes": sum(data.num_nodes for data in graphs) / len(graphs),
        "mean_blocks": sum(data.num_blocks for data in graphs) / len(graphs),
        "constraints": [name for name in cfg.constraints if cfg.constraints[name] is True],
        "seconds": time.perf_counter() - begin,
        **{f"run_{name}": value for name, value in asdict(cost).items()},
    }
    if vocabulary is None:
        for file in files:
            write_graph_samples(file, graphs)
    else:
        samples = MoleculeSamples.of(graphs, vocabulary, cfg.pieces)
        report = {**samples.shares, "pieces": cfg.pieces, **report}
        if scaffolds:
            report["scaffolds"] = judge_scaffolds(scaffolds, samples.smiles, vocabulary)
        for file in files:
            write_molecule_samples(file, samples, vocabulary, scaffolds, cfg.pictures)
    write_json(run_dir / "report.json", report)
    print(*summary(report, bool(cfg.extend), cfg.constraints.valence), sep="\n")
    print(*files, sep="\n")
    return report


def load(path: str, device: str | None = None) -> PARD:
    r"""A saved model: its folder, the folder of its training run, or the name of a bundled model.

    Raises:
        FileNotFoundError: If there is no such model.
        ValueError: If there is no such device.
    """
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    check_device(device)
    try:
        return PARD.from_pretrained(path, device)
    except FileNotFoundError as error:  # The setting is written model= by users.
        raise FileNotFoundError(str(error).replace("'path'", "'model'")) from error


def _plan(
    cfg: DictConfig,
    model: PARD,
    vocabulary: MoleculeVocabulary | None,
    scaffolds: list[Data],
) -> list[SamplingRun]:
    """A run of sampling, or one for each molecule to extend, all of them checked."""
    try:
        generator = torch.Generator().manual_seed(cfg.seed)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"'seed' must be a whole number of 64 bits (got {cfg.seed!r})") from error
    folder = Path(cfg.run_dir) / "finished"
    names = ("batch_size", "max_nodes", "min_nodes", "num_steps", "temperature", "compile")
    options = {name: cfg[name] for name in (*names, "progress")}
    options["constraints"] = _constraints(cfg, vocabulary)
    if not scaffolds:
        options["resume"] = folder
        return [SamplingRun(model, cfg.num_samples, generator, SampleOptions(**options))]
    runs = []
    for i, scaffold in enumerate(scaffolds):
        options["resume"] = folder / str(i) if len(scaffolds) > 1 else folder
        try:
            own = SampleOptions(**options)
            runs.append(SamplingRun(model, cfg.num_samples, generator, own, scaffold))
        except ValueError as error:
            if "'data'" not in str(error):
                raise
            raise ValueError(f"'extend' cannot take '{scaffold.smiles}': {error}") from error
    return runs


def _constraints(cfg: DictConfig, vocabulary: MoleculeVocabulary | None) -> Constraints | None:
    asked = cfg.constraints
    if asked.valence and vocabulary is None:
        raise ValueError("'constraints.valence' needs a model of molecules")
    bounds: dict[str, Any] = {}
    if asked.valence and vocabulary is not None:
        bounds = {"max_valence": vocabulary.max_valence, "edge_order": vocabulary.bond_orders}
    constraints = Constraints(
        degree=asked.degree,
        connected=asked.connected,
        max_redraws=asked.max_redraws,
        one_piece=asked.one_piece,
        **bounds,
    )
    return constraints if constraints.any or constraints.one_piece else None


def _share(flags: torch.Tensor) -> float:
    return float(flags.double().mean())
