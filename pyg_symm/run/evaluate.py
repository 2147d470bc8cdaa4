"""The quality of molecules or graphs in a file."""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from pyg_symm.datasets.graph_files import holds_graphs
from pyg_symm.metrics.rows import rows_as_text, write_rows

from .check import COUNT, FLAG, Choice, Rule, check_device, check_rules
from .evaluate_graphs import evaluate_graphs
from .evaluate_molecules import evaluate_molecules
from .folder import job

_RULES: dict[str, Rule] = {
    "filters": FLAG,
    "progress": FLAG,
    "reference_line": FLAG,
    "fcd": Choice((True, False, "auto")),
    "workers": COUNT,
}
_OF_MOLECULES = ("train", "test", "test_scaffolds", "column")
_OF_GRAPHS = ("family", "kind", "sizes")


@job
def evaluate(cfg: DictConfig) -> dict[str, Any]:
    r"""Compares the molecules or graphs of a file with reference sets.

    ``cfg.run_dir`` receives the resolved ``config.yaml``, and the table as ``table.txt``,
    ``table.csv`` and ``table.json``, where what has no value is null. For molecules, ``causes`` in
    the last file are the shares of invalid samples by reason.

    Args:
        cfg (DictConfig): A composed ``evaluate`` config.

    Returns:
        dict: The content of ``table.json``, with NaN in place of null: the metrics of the samples,
        and with ``cfg.reference_line`` those of as many training examples. Molecules have ``n`` and
        ``n_valid`` before the metrics.

    Raises:
        FileNotFoundError: If the file of samples or of a reference set does not exist.
        ValueError: If a file is empty or of another kind, or if an option is wrong.
    """
    of_graphs = holds_graphs(str(cfg.samples))
    _check(cfg, of_graphs)
    rows, more, notes = (evaluate_graphs if of_graphs else evaluate_molecules)(cfg)
    text = "\n".join([rows_as_text(rows), *notes])
    write_rows(Path(cfg.run_dir or "."), rows, text, more)
    print(text)
    return {**rows, **more}


def _check(cfg: DictConfig, of_graphs: bool) -> None:
    """Refuses wrong options before any file is read."""
    check_rules(cfg, _RULES)
    if cfg.device is not None:
        check_device(cfg.device)
    if not isinstance(cfg.seed, int) or isinstance(cfg.seed, bool):
        raise ValueError(f"'seed' must be a whole number (got {cfg.seed!r})")
    kind, other = ("graphs", "molecules") if of_graphs else ("molecules", "graphs")
    hint = "; molecules are evaluated as SMILES, such as 'samples.smi'" if of_graphs else ""
    for name in _OF_MOLECULES if of_graphs else _OF_GRAPHS:
        if cfg[name]:
            raise ValueError(
                f"'{name}' is an option for {other}, and '{cfg.samples}' is a file of {kind} (got "
                f"{cfg[name]!r}){hint}"
            )
