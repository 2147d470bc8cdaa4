"""Evaluates the molecules or graphs of a file."""

import csv
import json
import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from pyg_symm.chem import rdkit_version, read_smiles
from pyg_symm.datasets import default_root
from pyg_symm.datasets.graph_files import holds_graphs
from pyg_symm.metrics import (
    MoleculeStatistics,
    MosesTable,
    invalid_causes,
    moses_table,
    moses_train,
)
from pyg_symm.utils import text_table
from pyg_symm.utils.root import digest

from .evaluate_graphs import Rows, evaluate_graphs
from .folder import open_run


def evaluate(cfg: DictConfig) -> dict[str, Any]:
    r"""Compares the molecules or graphs of a file with reference sets.

    ``cfg.run_dir`` receives the resolved ``config.yaml``, and the table as ``table.txt``,
    ``table.csv`` and ``table.json``, where what has no value is null. Of molecules, ``causes`` in
    the last says why outputs are invalid.

    Args:
        cfg (DictConfig): A composed ``evaluate`` config.

    Returns:
        dict: The content of ``table.json``, with NaN in place of null: for each row, that of the
        samples and with ``cfg.reference_line`` that of as many of the train set, the columns; of
        molecules with ``n`` and ``n_valid`` before them.

    Raises:
        FileNotFoundError: If there is no such file of samples or of a reference set.
        ValueError: If one of them is empty, or its name has an ending that is not known.
    """
    of_graphs = holds_graphs(str(cfg.samples))
    rows, more = (evaluate_graphs if of_graphs else _evaluate_molecules)(cfg)
    content = {**rows, **more}
    text = _text(rows, more.get("causes"))
    run_dir = Path(cfg.run_dir or ".")
    (run_dir / "table.txt").write_text(text + "\n")
    (run_dir / "table.json").write_text(json.dumps(_null(content), indent=2) + "\n")
    with (run_dir / "table.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["set", *rows["samples"]])
        writer.writerows([name, *row.values()] for name, row in _null(rows).items())
    print(text)
    return content


def _evaluate_molecules(cfg: DictConfig) -> tuple[Rows, dict[str, Any]]:
    samples = _read("samples", cfg.samples)
    if cfg.reference_line and cfg.train is None and cfg.test is not None:
        raise ValueError("'reference_line' needs a 'train' set beside a 'test' set (got null)")
    given: dict[str, Any] = {} if cfg.train is None else {"train": _read("train", cfg.train)}
    for name in ("test", "test_scaffolds"):
        if cfg[name] is not None:
            given[name] = _statistics(name, cfg)
    open_run(cfg)
    options = {
        "root": cfg.data_root,
        **{name: cfg[name] for name in ("workers", "progress", "fcd", "filters", "device")},
    }
    table = moses_table(samples, **given, **options)
    rows = {"samples": _row(table)}
    if cfg.reference_line:
        drawn = _draw(given.get("train"), table.num_valid, cfg.seed, cfg.data_root)
        rows["train"] = _row(moses_table(drawn, **given, **options))  # Of the same n.
    return rows, {"causes": invalid_causes(samples, cfg.workers)}


def _read(name: str, path: str) -> list[str]:
    if not Path(path).is_file():
        raise FileNotFoundError(f"'{name}' must be a file of SMILES (got '{path}')")
    smiles = read_smiles(str(path))
    if not smiles:
        raise ValueError(f"'{name}' must hold at least one SMILES (got the empty file '{path}')")
    return smiles


def _statistics(name: str, cfg: DictConfig) -> MoleculeStatistics:
    """Those of a reference set, from a file of an earlier evaluation if there is one."""
    smiles = _read(name, cfg[name])
    key = digest({"smiles": smiles, "fcd": cfg.fcd, "rdkit": rdkit_version()})
    folder = Path(default_root() if cfg.data_root is None else cfg.data_root) / "references"
    path = folder / f"{Path(cfg[name]).name.split('.')[0]}_{key}.npz"
    if path.is_file():
        return MoleculeStatistics.load(path)
    options = {key: cfg[key] for key in ("fcd", "workers", "progress", "device")}
    statistics = MoleculeStatistics.from_smiles(smiles, name=name, **options)
    folder.mkdir(parents=True, exist_ok=True)
    statistics.save(path)
    return statistics


def _draw(train: Sequence[str] | None, n: int, seed: int, root: str | None) -> list[str]:
    # A set has no order that lasts, hence the sorting.
    pool = sorted(moses_train(root)) if train is None else train
    return random.Random(seed).sample(pool, min(n, len(pool)))


def _row(table: MosesTable) -> dict[str, float]:
    return {"n": table.n, "n_valid": table.num_valid, **table}


def _null(value: Any) -> Any:
    """The same with None in place of NaN, of which JSON knows nothing."""
    if isinstance(value, Mapping):
        return {key: _null(item) for key, item in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def _text(rows: Rows, causes: dict[str, float] | None) -> str:
    lines = [["", *rows]]
    for name in rows["samples"]:
        values = [row[name] for row in rows.values()]
        lines.append([name, *(f"{v:.4f}" if isinstance(v, float) else str(v) for v in values)])
    text = text_table(lines)
    if causes is not None:
        shares = ", ".join(f"{name} {value:.4f}" for name, value in causes.items())
        text += f"\nshares of samples by cause: {shares}"
    return text
