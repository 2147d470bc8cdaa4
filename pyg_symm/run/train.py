"""One training run: from a config to a folder of results."""

import csv
import json
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from hydra.utils import instantiate
from omegaconf import DictConfig

from pyg_symm.utils import whole_file

from .build import build_model
from .folder import open_run

_PACKAGES = (
    "pyg_symm",
    "torch",
    "torch_geometric",
    "torch_scatter",
    "pytorch-lightning",
    "hydra-core",
)


def train(cfg: DictConfig) -> dict[str, Any]:
    r"""Trains and tests what a config describes.

    ``cfg.run_dir`` receives the resolved ``config.yaml``, ``versions.json``, ``checkpoints/``,
    logs, and at the end ``metrics.csv``, ``metrics.json`` and, of generators, ``model/``. With
    ``cfg.resume``, a run folder or a checkpoint, training goes on from there and ends where an
    uninterrupted run would have; with more epochs than before, its learning rate goes on by the
    schedule of so many.

    Args:
        cfg (DictConfig): A composed ``train`` config.

    Returns:
        dict: The numbers of ``metrics.json``: those of the test loaders, the task's summary, and
        curves over epochs as lists.

    Raises:
        FileNotFoundError: If ``cfg.resume`` holds no checkpoint.
    """
    checkpoint = None if cfg.resume is None else find_checkpoint(cfg.resume)
    cfg = cfg.copy()
    cfg.run_dir = str(cfg.run_dir or ".")
    run_dir = open_run(cfg)
    _write_json(run_dir / "versions.json", {name: _version(name) for name in _PACKAGES})

    pl.seed_everything(cfg.seed, verbose=False)
    # Batches are cut out of memory; worker processes would only add their start.
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    data = instantiate(cfg.data)
    task = instantiate(cfg.task, model=build_model(cfg.model, data))
    trainer = instantiate(
        cfg.trainer,
        logger=list(instantiate(cfg.logger).values()),
        callbacks=list(instantiate(cfg.callbacks).values()),
        default_root_dir=str(run_dir),
    )
    trainer.fit(task, datamodule=data, ckpt_path=checkpoint)
    tested = trainer.test(task, datamodule=data, verbose=False)
    metrics = {name.split("/dataloader_idx_")[0]: v for part in tested for name, v in part.items()}
    metrics |= {**task.summary(), "curves": task.curves}
    task.export(run_dir)
    _merge_csv(run_dir)
    _write_json(run_dir / "metrics.json", metrics)
    return metrics


def find_checkpoint(path: str | Path) -> str:
    r"""The checkpoint of a run folder, or the path itself if it is a file.

    Raises:
        FileNotFoundError: If there is no checkpoint.
    """
    path = Path(path)
    file = path / "checkpoints" / "last.ckpt" if path.is_dir() else path
    if not file.is_file():
        raise FileNotFoundError(f"'resume' holds no checkpoint: there is no '{file}'")
    return str(file)


def _merge_csv(run_dir: Path) -> None:
    """Every start of a run logs to a file of its own; together they are the run's history."""
    rows: list[dict[str, str]] = []
    for file in sorted(run_dir.glob("csv/version_*/metrics.csv"), key=lambda f: f.stat().st_mtime):
        with file.open(newline="") as stream:
            rows += csv.DictReader(stream)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with (run_dir / "metrics.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _write_json(file: Path, content: Any) -> None:
    # A kill while writing must not leave half a file: a finished run is known by it.
    with whole_file(file) as part:
        Path(part).write_text(json.dumps(content, indent=2) + "\n")
