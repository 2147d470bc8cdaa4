"""A bundled model, a small training run, and a table: the first command to try."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from hydra.utils import instantiate
from omegaconf import DictConfig
from torch_geometric.data import Data

from pyg_symm.chem import MoleculeVocabulary, judge, read_smiles
from pyg_symm.generation import independent_graphs
from pyg_symm.metrics import MosesTable, moses_table
from pyg_symm.utils import markdown_table

from .check import check_config
from .compose import compose_config
from .folder import job, open_run
from .overrides import quoted
from .sample import load, sample
from .train import train

_COLUMNS = (
    "valid",
    "unique",
    "Novelty",
    "SNN/Test",
    "Frag/Test",
    "Scaf/Test",
    "IntDiv",
    "logP",
    "QED",
    "weight",
)


@job
def quickstart(cfg: DictConfig) -> dict[str, dict[str, float]]:
    r"""Samples from a bundled model, then trains another one, and compares its samples.

    ``cfg.run_dir`` receives molecules of the bundled model in ``pretrained/``, the training run in
    ``train/``, its samples in ``samples/``, and ``table.md`` and ``table.json``. The table compares
    the samples, as many training molecules, and as many graphs whose atoms and bonds are drawn
    independently, with molecules that were not trained on. Finished parts are not repeated.

    Args:
        cfg (DictConfig): A composed ``quickstart`` config.

    Returns:
        dict: The rows of the table.
    """
    check_config(cfg)
    run_dir = Path(cfg.run_dir)
    train_dir = run_dir / "train"
    train_cfg = _train_config(cfg, train_dir)
    check_config(train_cfg)
    _remember(cfg, run_dir)
    open_run(cfg, replace="recipe")
    if cfg.pretrained is not None:
        folder = run_dir / "pretrained"
        _sample(cfg, cfg.pretrained, folder, cfg.num_pretrained)
        print(f"\n{cfg.num_pretrained} molecules of the model '{cfg.pretrained}': '{folder}'")
    if not (train_dir / "metrics.json").is_file():
        train(train_cfg)
    sample_dir = run_dir / "samples"
    _sample(cfg, str(train_dir), sample_dir, cfg.num_samples)
    rows = _rows(cfg, instantiate(train_cfg.data), sample_dir, load(str(train_dir), "cpu"))
    text = _markdown(rows)
    (run_dir / "table.md").write_text(text + "\n")
    (run_dir / "table.json").write_text(json.dumps(rows, indent=2) + "\n")
    print(text)
    report = json.loads((sample_dir / "report.json").read_text())
    print(f"\nMade along their own structural order: {report['path_consistency']:.1%}")
    print(f"SMILES: {sample_dir / 'samples.smi'}\nPicture: {sample_dir / 'samples.png'}")
    return rows


def _train_config(cfg: DictConfig, folder: Path) -> DictConfig:
    """The config of the training run, which continues what a kill has left."""
    overrides = [
        f"experiment={cfg.recipe}",
        f"run_dir={quoted(folder)}",
        f"progress={str(cfg.progress).lower()}",
        *([] if cfg.data_root is None else [f"data_root={quoted(cfg.data_root)}"]),
        *cfg.overrides,
    ]
    if (folder / "checkpoints" / "last.ckpt").is_file():
        overrides.append(f"resume={quoted(folder)}")
    return compose_config("train", overrides)


def _sample(cfg: DictConfig, model: str, folder: Path, count: int) -> None:
    """Samples into a folder, unless that has been done."""
    if (folder / "report.json").is_file():
        return
    overrides = [
        f"model={model}",
        f"run_dir={quoted(folder)}",
        f"num_samples={count}",
        f"seed={cfg.seed}",
        f"progress={str(cfg.progress).lower()}",
    ]
    sample(compose_config("sample", overrides))


def _remember(cfg: DictConfig, run_dir: Path) -> None:
    """Refuses a folder with results of other settings."""
    names = ("pretrained", "num_pretrained", "recipe", "num_samples", "seed", "overrides")
    overrides = [str(override) for override in cfg.overrides]
    settings = {**{name: cfg[name] for name in names}, "overrides": overrides}
    file = run_dir / "settings.json"
    known = json.loads(file.read_text()) if file.is_file() else {}
    for name, value in known.items():  # Of an older version, which had fewer.
        if value != settings[name]:
            raise ValueError(
                f"'run_dir' holds results of other settings: '{name}' is {value!r} there and "
                f"{settings[name]!r} here ('{run_dir}')"
            )
    run_dir.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(settings) + "\n")


def _rows(cfg: DictConfig, data: Any, sample_dir: Path, model: Any) -> dict[str, dict[str, float]]:
    vocabulary = MoleculeVocabulary.from_dict(model.config.vocabulary)
    generator = torch.Generator().manual_seed(cfg.seed)
    generated = read_smiles(str(sample_dir / "samples.smi"))
    shown = _graphs(data.train, torch.randperm(len(data.train), generator=generator))
    chosen = shown[: len(generated)]
    sizes = torch.tensor([graph.num_nodes for graph in chosen])
    random = independent_graphs(model.config.statistics, sizes, generator)
    sets: dict[str, list[str | None]] = {
        "trained on": [_smiles(graph, vocabulary) for graph in chosen],
        "PARD": list(generated),
        "random": [_smiles(graph, vocabulary) for graph in random],
    }
    # By what the molecules are, not how they are written.
    train_set = frozenset(_smiles(graph, vocabulary) or "" for graph in shown)
    held_out = [
        _smiles(graph, vocabulary) for graph in _graphs(data.val, torch.arange(len(data.val)))
    ]
    options: dict[str, Any] = {
        "fcd": False,
        "filters": False,
        "progress": False,
        "workers": cfg.workers,
    }
    test = [text for text in held_out if text is not None]
    return {
        name: _row(moses_table(smiles, train=train_set, test=test, **options))
        for name, smiles in sets.items()
    }


def _graphs(graphs: Any, index: torch.Tensor) -> list[Data]:
    return graphs.batch(index.tolist()).to_data_list()


def _smiles(data: Data, vocabulary: MoleculeVocabulary) -> str | None:
    return judge(data, vocabulary).smiles


def _row(table: MosesTable) -> dict[str, float]:
    distinct = next(key for key in table if key.startswith("unique"))
    return {
        "n": table.n,
        **{key: table[distinct if key == "unique" else key] for key in _COLUMNS},
    }


def _markdown(rows: Mapping[str, Mapping[str, float]]) -> str:
    columns = ["n", *_COLUMNS]
    lines = [["", *columns]]
    lines += [
        [name, str(row["n"]), *(f"{row[key]:.3f}" for key in _COLUMNS)]
        for name, row in rows.items()
    ]
    return markdown_table(lines)
