"""Many training runs, summarised in one table."""

import itertools
import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from tqdm import tqdm

from pyg_symm.metrics.runs import write_report
from pyg_symm.utils import parallel_map

from .compose import compose_config
from .train import train


def benchmark(cfg: DictConfig) -> dict[str, Any]:
    r"""Runs a suite: one training run for every combination of its axes.

    Each run has a folder below ``cfg.run_dir``, named after its values. A folder with a
    ``metrics.json`` is finished and not run again; one with a checkpoint goes on from there.

    Args:
        cfg (DictConfig): A composed ``benchmark`` config.

    Returns:
        dict: The table, as written to ``table.json``.
    """
    suite = cfg.suite
    run_dir = Path(cfg.run_dir or ".")
    run_dir.mkdir(parents=True, exist_ok=True)
    cells = list(_cells(suite, cfg.overrides, cfg.threads, run_dir))
    _check(cells)
    missing = [cell for cell in cells if not (cell[1] / "metrics.json").is_file()]
    bar = tqdm(total=len(cells), initial=len(cells) - len(missing), desc=suite.name, unit="run")
    # The config of a run says how many threads it has.
    runs = parallel_map(_run, missing, cfg.workers, spawn=True, threads=None, bar=bar)
    with bar:
        for folder in runs:
            bar.set_postfix_str(folder.name)
    description: Any = OmegaConf.to_container(suite, resolve=True)
    return write_report(run_dir, description)


def _check(cells: list[tuple[list[str], Path]]) -> None:
    """Composes one config for each value of each axis, and fetches the data of each experiment.

    A wrong name must show before hours of work, not after, and processes must not fetch the same
    files at the same time.
    """
    seen: set[str] = set()
    experiments: set[str] = set()
    for overrides, folder in cells:
        if not seen.issuperset(overrides[:-1]):
            seen.update(overrides[:-1])
            cfg = compose_config("train", overrides)
            if cfg.name not in experiments and not (folder / "metrics.json").is_file():
                experiments.add(cfg.name)
                instantiate(cfg.data)


def _cells(
    suite: DictConfig, overrides: Sequence[str], threads: int | None, run_dir: Path
) -> Iterator[tuple[list[str], Path]]:
    """The overrides and the folder of each run."""
    names = list(suite.axes)
    for values in itertools.product(*suite.axes.values()):
        axes = [f"{name}={value}" for name, value in zip(names, values, strict=True)]
        folder = run_dir / ",".join(axes).replace("/", ".")
        fixed = [] if "experiment" in names else [f"experiment={suite.experiment}"]
        yield (
            [
                *fixed,
                *suite.get("overrides", []),
                *overrides,
                *axes,
                f"threads={'null' if threads is None else threads}",
                "progress=false",
                f"run_dir='{folder}'",
            ],
            folder,
        )


def _run(cell: tuple[list[str], Path]) -> Path:
    overrides, folder = cell
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    if (folder / "checkpoints" / "last.ckpt").is_file():
        overrides = [*overrides, f"resume='{folder}'"]
    try:
        train(compose_config("train", overrides))
    except Exception as error:
        raise RuntimeError(f"the run '{folder.name}' failed: {json.dumps(overrides)}") from error
    return folder
