"""Molecules in a file, compared with reference sets."""

import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from pyg_symm.chem import REASONS, flat_smiles, parse_smiles, read_smiles
from pyg_symm.metrics import MosesTable, moses_table
from pyg_symm.metrics.molecules.chemnet import FCD_HINT, has_fcd
from pyg_symm.metrics.molecules.parallel import map_molecules
from pyg_symm.metrics.molecules.references import draw_molecules, reference_statistics

from .folder import open_run
from .origin import find_origin

_WITH_TEST = "SNN, Frag, Scaf, logP, SA, QED and weight"


def evaluate_molecules(
    cfg: DictConfig,
) -> tuple[dict[str, dict[str, float]], dict[str, Any], list[str]]:
    """Rows of :func:`~pyg_symm.metrics.moses_table`, what else to keep, and notes to print."""
    samples = _read("samples", cfg.samples, cfg.column)
    train, train_note = _train(cfg)
    if cfg.reference_line and train is None and cfg.test is not None:
        raise ValueError("'reference_line' needs 'train' where 'test' is given (got null)")
    tests = {
        name: _read(name, cfg[name], cfg.column)
        for name in ("test", "test_scaffolds")
        if cfg[name] is not None
    }
    fcd = has_fcd() if cfg.fcd == "auto" else bool(cfg.fcd)
    open_run(cfg, replace="samples")
    print(*_introduction(cfg, len(samples), fcd, train_note), sep="\n", flush=True)
    options = {"workers": cfg.workers, "progress": cfg.progress, "fcd": fcd, "device": cfg.device}
    given: dict[str, Any] = {
        name: reference_statistics(smiles, cfg.data_root, name=name, **options)
        for name, smiles in tests.items()
    }
    notes = [
        f"{name}: {found.num_given - len(found)} of {found.num_given} lines left out: "
        f"{_reasons(found.causes)}"
        for name, found in given.items()
        if found.causes.total() - found.causes["disconnected"]
    ]
    if train is not None:
        title = "train" if cfg.progress else None
        known = list(map_molecules(flat_smiles, train, cfg.workers, description=title))
        given["train"] = frozenset(text for text in known if text is not None)
        refused = [text for text, flat in zip(train, known, strict=True) if flat is None]
        if refused:
            causes = Counter(parse_smiles(text)[1] or "unknown" for text in refused)
            notes.append(
                f"train: {len(refused)} of {len(train)} lines left out: {_reasons(causes)}"
            )
    options |= {"root": cfg.data_root, "filters": cfg.filters}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        table = moses_table(samples, **given, **options)
    notes += [str(warning.message) for warning in caught if warning.category is UserWarning]
    rows = {"samples": _row(table)}
    if cfg.reference_line:
        drawn = draw_molecules(train, table.num_valid, cfg.seed, cfg.data_root)
        rows["train"] = _row(moses_table(drawn, **given, **options))  # Of the same n.
    if cfg.fcd == "auto" and not fcd:
        notes.append(f"FCD is left out, because the package fcd is missing; {FCD_HINT}")
    return rows, {"causes": _shares(table)}, [*_verdict(table), *notes]


def _read(name: str, path: str, column: str | None) -> list[str]:
    if not Path(path).is_file():
        kind = "a folder" if Path(path).is_dir() else "missing"
        raise FileNotFoundError(
            f"'{name}' must be a file of SMILES (got '{path}', which is {kind})"
        )
    is_table = Path(path.lower().removesuffix(".gz")).suffix in (".csv", ".tsv")
    try:
        smiles = read_smiles(str(path), column if is_table else None)
    except ValueError as error:
        raise ValueError(f"'{name}' cannot be read: {error}") from error
    if not smiles:
        raise ValueError(f"'{name}' must hold at least one SMILES (got the empty file '{path}')")
    return smiles


def _train(cfg: DictConfig) -> tuple[list[str] | None, str]:
    """The SMILES trained on, if they are not those of MOSES, and a sentence about them."""
    if cfg.train is not None:
        smiles = _read("train", cfg.train, cfg.column)
        return smiles, f"Novelty compares with 'train', {len(smiles)} lines of '{cfg.train}'."
    origin = find_origin(cfg.samples)
    if origin is not None and origin.file is not None:
        smiles = _read("train", str(origin.file), cfg.column or origin.column)
        return smiles, (
            f"Novelty compares with {len(smiles)} lines of '{origin.file}', on which the model "
            f"'{origin.model}' was trained."
        )
    if cfg.test is not None:
        return None, "There is no Novelty, because 'train' is not given."
    note = "Novelty compares with the training set of MOSES, 1,584,663 molecules."
    if origin is not None and origin.dataset != "MOSES":
        note += f" The model '{origin.model}' was trained on other molecules: give them as 'train'."
    return None, note


def _introduction(cfg: DictConfig, num_samples: int, fcd: bool, train_note: str) -> list[str]:
    if cfg.test is None:
        sets = "the test sets of MOSES, 176,074 molecules and 176,225 of other scaffolds"
        hint = "; give others as 'test'"
    else:
        more = "" if cfg.test_scaffolds is None else f" and '{cfg.test_scaffolds}'"
        sets, hint = f"'{cfg.test}'{more}", ""
    return [
        f"{num_samples} lines of '{cfg.samples}'. The table is written to '{cfg.run_dir or '.'}'.",
        f"{'FCD, ' if fcd else ''}{_WITH_TEST} compare with {sets}{hint}.",
        train_note,
    ]


def _row(table: MosesTable) -> dict[str, float]:
    return {"n": table.n, "n_valid": table.num_valid, **table}


def _shares(table: MosesTable) -> dict[str, float]:
    """Shares of all outputs, as of :func:`~pyg_symm.metrics.invalid_causes`."""
    names = dict.fromkeys(["valence", "kekulization", "disconnected", *sorted(table.causes)])
    return {name: table.causes.get(name, 0) / table.n for name in names}


def _verdict(table: MosesTable) -> list[str]:
    """How many samples are refused and why, and how many are in pieces."""
    lines = []
    if refused := table.n - table.num_valid:
        lines.append(f"{refused} of {table.n} samples are invalid: {_reasons(table.causes)}")
    if pieces := table.causes.get("disconnected", 0):
        lines.append(
            f"{pieces} of {table.num_valid} valid samples ({pieces / table.num_valid:.1%}) are in "
            "pieces. They count as valid, and all pieces of a sample are compared as one molecule."
        )
    return lines


def _reasons(causes: dict[str, int]) -> str:
    counts = sorted(causes.items(), key=lambda item: -item[1])
    return ", ".join(
        f"{n} {name} ({REASONS[name]})" for name, n in counts if name != "disconnected"
    )
