"""One training run: from a config to a folder of results."""

import csv
import shutil
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from hydra.utils import instantiate
from omegaconf import DictConfig

from pyg_symm.utils import whole_file
from pyg_symm.utils.files import remove_parts, write_json

from .build import build_model, try_parts
from .check import check_config
from .folder import difference, job, open_run
from .quiet import quiet

_PACKAGES = (
    "pyg_symm",
    "torch",
    "torch_geometric",
    "torch_scatter",
    "pytorch-lightning",
    "hydra-core",
)
# Settings that a resumed run must share with the run before it.
_SAME = ("seed", "data", "model", "aggr", "task._target_")
# The results of a run, which are removed before another run begins in the folder.
_RESULTS = ("checkpoints", "csv", "tensorboard", "metrics.csv", "metrics.json", "model")


@job
def train(cfg: DictConfig) -> dict[str, Any]:
    r"""Trains and tests what a config describes.

    ``cfg.run_dir`` receives the resolved ``config.yaml``, ``versions.json``, ``checkpoints/``,
    logs, and at the end ``metrics.csv``, ``metrics.json`` and, of generators, ``model/``. With
    ``cfg.resume``, a run folder or a checkpoint, training continues from there, in that folder if
    no other is given, and ends where an uninterrupted run would have; with more epochs than before,
    the learning rate follows the schedule for the new number of epochs.

    Args:
        cfg (DictConfig): A composed ``train`` config.

    Returns:
        dict: The numbers of ``metrics.json``: those of the test loaders, the task's summary, and
        curves over epochs as lists.

    Raises:
        FileNotFoundError: If ``cfg.resume`` holds no checkpoint.
        ValueError: If a setting is wrong, if the resumed run had other data, another model or seed,
            or if the folder holds another run.
    """
    check_config(cfg)
    quiet()
    cfg = cfg.copy()
    checkpoint = None if cfg.resume is None else find_checkpoint(cfg.resume)
    if cfg.resume is not None:
        _check_same_run(cfg)
    cfg.run_dir = str(cfg.run_dir or (resumed_folder(cfg.resume) if cfg.resume else "."))
    _check_empty(cfg)
    try_parts(cfg)
    run_dir = open_run(cfg, replace="epochs")
    if cfg.resume is None:
        _clear(run_dir)
    remove_parts(run_dir)
    write_json(run_dir / "versions.json", {name: _version(name) for name in _PACKAGES})

    pl.seed_everything(cfg.seed, verbose=False)
    data = instantiate(cfg.data)
    for line in [data.summary()] if cfg.progress else data.notes:
        print(line)
    task = instantiate(cfg.task, model=build_model(cfg.model, data))
    trainer = instantiate(
        cfg.trainer,
        logger=list(instantiate(cfg.logger).values()),
        callbacks=list(instantiate(cfg.callbacks).values()),
        default_root_dir=str(run_dir),
    )
    trainer.fit(task, datamodule=data, ckpt_path=checkpoint)
    tested = trainer.test(task, datamodule=data, verbose=False)
    metrics = {**figures_of_test(tested), **task.summary(), "curves": task.curves}
    task.export(run_dir)
    _merge_csv(run_dir)
    write_json(run_dir / "metrics.json", metrics)
    return metrics


def find_checkpoint(path: str | Path, argument: str = "resume") -> str:
    r"""The checkpoint of a run folder, or the path itself if it is a file.

    Args:
        path (str or Path): The folder or file.
        argument (str, optional): What messages call it. (default: ``"resume"``)

    Raises:
        FileNotFoundError: If there is no checkpoint.
    """
    path = Path(path)
    file = path / "checkpoints" / "last.ckpt" if path.is_dir() else path
    if not file.is_file():
        raise FileNotFoundError(f"'{argument}' holds no checkpoint: there is no '{file}'")
    return str(file)


def figures_of_test(tested: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The numbers of all test loaders, under the names that the task gave them.

    Examples:
        >>> figures_of_test([{"test/acc/dataloader_idx_0": 0.5}, {"far/acc/dataloader_idx_1": 0.4}])
        {'test/acc': 0.5, 'far/acc': 0.4}
    """
    return {name.split("/dataloader_idx_")[0]: v for part in tested for name, v in part.items()}


def resumed_folder(path: str | Path) -> Path:
    """The run folder of a folder or of a checkpoint in it."""
    path = Path(path)
    return path.absolute().parent.parent if path.is_file() else path


def _check_same_run(cfg: DictConfig) -> None:
    folder = resumed_folder(cfg.resume)
    if (found := difference(folder, cfg, _SAME)) is not None:
        key, there, here = found
        raise ValueError(
            f"'resume' is a run of other settings: '{key}' is {there} there and {here} here "
            f"('{folder}'); repeat the settings of its command with resume="
        )


def _check_empty(cfg: DictConfig) -> None:
    """A run that does not go on must not mix its results with those of another."""
    run_dir = Path(cfg.run_dir)
    if cfg.overwrite or (cfg.resume and resumed_folder(cfg.resume).resolve() == run_dir.resolve()):
        return
    # A run that was killed before its first checkpoint has nothing to lose.
    if any(run_dir.glob("checkpoints/*.ckpt")) or (run_dir / "metrics.json").exists():
        raise ValueError(
            f"'run_dir' holds a run already ('{run_dir}'): continue it with resume={run_dir}, or "
            "replace it with overwrite=true"
        )


def _clear(run_dir: Path) -> None:
    for name in _RESULTS:
        path = run_dir / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _merge_csv(run_dir: Path) -> None:
    """Every start of a run logs to a file of its own; together they are the history of the run.

    A resumed run repeats the epochs after its checkpoint: the later rows count.
    """
    rows: list[dict[str, str]] = []
    files = run_dir.glob("csv/version_*/metrics.csv")
    for file in sorted(files, key=lambda f: int(f.parent.name.rpartition("_")[2])):
        with file.open(newline="") as stream:
            new = list(csv.DictReader(stream))
        if new:
            first = min(int(row["epoch"]) for row in new)
            rows = [row for row in rows if int(row["epoch"]) < first] + new
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with whole_file(run_dir / "metrics.csv") as part, open(part, "w", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
