"""Many training runs, one table."""

import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from tqdm import tqdm

from pyg_symm.metrics.runs import write_report
from pyg_symm.utils import parallel_map, whole_file
from pyg_symm.utils.files import sha256

from .check import check_config
from .compose import compose_config
from .folder import difference, job, open_run
from .train import train

_GROUPS = ("experiment", "data", "model", "aggr", "task", "optimizer", "scheduler", "trainer")
_CHECKSUM = "metrics.sha256"


class _Cell(NamedTuple):
    """A run of the table: its folder, and its config with everything resolved."""

    folder: Path
    config: dict[str, Any]


@job
def benchmark(cfg: DictConfig) -> dict[str, Any]:
    r"""Runs a suite: one training run for every combination of its axes.

    Each run has a folder below ``cfg.run_dir``, named after its values. A folder with a
    ``metrics.json`` is finished and not run again; one with a checkpoint continues from there. Both
    must be of the same config: results of other settings are refused, or with ``cfg.overwrite``
    replaced.

    Args:
        cfg (DictConfig): A composed ``benchmark`` config.

    Returns:
        dict: The table, as written to ``table.json``.

    Raises:
        ValueError: If a setting is wrong, or a folder holds a damaged run or one of other settings.
    """
    check_config(cfg)
    suite = cfg.suite
    run_dir = Path(cfg.run_dir or ".")
    cells = list(_cells(cfg, run_dir))
    for cell in cells:
        _check(cell, cfg)
    open_run(cfg, replace="suite")
    missing = [cell for cell in cells if not (cell.folder / "metrics.json").is_file()]
    _fetch(missing)
    bar = tqdm(
        total=len(cells),
        initial=len(cells) - len(missing),
        desc=suite.name,
        unit="run",
        disable=not cfg.progress,
    )
    # The config of a run says how many threads it has.
    runs = parallel_map(_run, missing, cfg.workers, spawn=True, threads=None, bar=bar)
    with bar:
        for folder in runs:
            bar.set_postfix_str(folder.name)
    description: Any = OmegaConf.to_container(suite, resolve=True)
    return write_report(run_dir, description)


def _cells(cfg: DictConfig, run_dir: Path) -> Iterator[_Cell]:
    """The folder and the config of each run.

    A config is composed once for all values of axes that are plain settings, which is faster.
    """
    suite = cfg.suite
    names = list(suite.axes)
    fixed = [] if "experiment" in names else [f"experiment={suite.experiment}"]
    common = [
        *fixed,
        *suite.get("overrides", []),
        *cfg.overrides,
        f"threads={'null' if cfg.threads is None else cfg.threads}",
        "progress=false",
    ]
    composed: dict[tuple[str, ...], DictConfig] = {}
    for values in itertools.product(*suite.axes.values()):
        axes = [f"{name}={value}" for name, value in zip(names, values, strict=True)]
        groups = tuple(axis for axis in axes if _is_group(axis.partition("=")[0]))
        if groups not in composed:
            # The first values of plain axes are overrides as well, so that wrong names are named.
            composed[groups] = compose_config("train", [*common, *axes])
        run = composed[groups].copy()
        for name, value, axis in zip(names, values, axes, strict=True):
            if axis not in groups:
                OmegaConf.update(run, name, value)
        folder = run_dir / ",".join(axes).replace("/", ".")
        run.run_dir = str(folder)
        check_config(run)
        resolved: Any = OmegaConf.to_container(run, resolve=True)
        yield _Cell(folder, resolved)


def _is_group(name: str) -> bool:
    """Whether an axis chooses configs: anything else is a value in one."""
    return name in _GROUPS


def _check(cell: _Cell, cfg: DictConfig) -> None:
    """Refuses a folder whose run is of another config, or damaged, before any run begins."""
    file = cell.folder / "metrics.json"
    found = difference(cell.folder, OmegaConf.create(cell.config))
    if found is None and file.is_file():
        _check_metrics(file, cfg.suite)
    if found is None:
        return
    if cfg.overwrite:
        shutil.rmtree(cell.folder)
        return
    key, there, here = found
    raise ValueError(
        f"'run_dir' holds runs of other settings: '{key}' is {there} there and {here} here "
        f"('{cell.folder}'); choose another run_dir, or replace them with overwrite=true"
    )


def _check_metrics(file: Path, suite: DictConfig) -> None:
    checksum = file.with_name(_CHECKSUM)
    if checksum.is_file() and checksum.read_text() != sha256(file):
        raise ValueError(
            f"'{file}' is damaged or of another run (its checksum is not that of '{checksum.name}'"
            "); remove it to run it again"
        )
    try:
        metrics = json.loads(file.read_text())
        for name in suite.metrics:
            float(metrics[name])
        if suite.get("curve"):
            float(metrics["curves"][suite.curve][0])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(
            f"'{file}' is damaged or of another suite ({type(error).__name__}: {error}); remove it "
            "to run it again"
        ) from error


def _fetch(cells: list[_Cell]) -> None:
    """Makes the data of each experiment, so that processes do not all fetch the same files."""
    seen: set[str] = set()
    for cell in cells:
        if cell.config["name"] not in seen:
            seen.add(cell.config["name"])
            instantiate(OmegaConf.create(cell.config).data)


def _run(cell: _Cell) -> Path:
    config = OmegaConf.create(cell.config)
    if (cell.folder / "checkpoints" / "last.ckpt").is_file():
        config.resume = str(cell.folder)
    else:
        config.overwrite = True  # What a kill before the first checkpoint left behind.
    try:
        train(config)
    except Exception as error:
        raise RuntimeError(f"the run '{cell.folder.name}' failed: {error}") from error
    with whole_file(cell.folder / _CHECKSUM) as part:
        Path(part).write_text(sha256(cell.folder / "metrics.json"))
    return cell.folder
