"""What is printed after sampling. Everything else is in ``report.json``."""

from collections.abc import Iterator
from typing import Any

from pyg_symm.generation.scaffolds import scaffold_hints

_SHOWN = ("num_samples", "valid", "unique", "fragmented", "mean_nodes", "seconds")


def summary(report: dict[str, Any], extended: bool, valence: bool) -> Iterator[str]:
    r"""The lines that are printed: shares, sizes, and sentences on what needs attention.

    Args:
        report (dict): The content of ``report.json``.
        extended (bool): Whether samples contain a given molecule.
        valence (bool): Whether blocks whose bonds do not fit were drawn again.
    """
    for name in _SHOWN:
        if name in report:
            value = report[name]
            yield f"{name:>20} {f'{value:.4f}' if isinstance(value, float) else value}"
    for cause, share in report.get("invalid", {}).items():
        yield f"{'invalid, ' + cause:>20} {share:.4f}"
    for smiles, row in report.get("scaffolds", {}).items():
        shares = ", ".join(f"{name} {share:.2f}" for name, share in row.items())
        yield f"samples of '{smiles}': {shares}"
    if report["run_unmet"]:
        yield (
            f"{report['run_unmet']} blocks break a constraint after "
            "constraints.max_redraws tries and were kept."
        )
    if report.get("fragmented", 0) > 0:
        yield _pieces(report, extended)
    yield from scaffold_hints(report.get("scaffolds", {}), valence)


def _pieces(report: dict[str, Any], extended: bool) -> str:
    piece = "the piece with the given molecule" if extended else "the largest piece"
    every = report["pieces"] == "all"
    written = "all pieces (pieces=all)" if every else f"{piece} (pieces=largest)"
    return (
        f"{report['fragmented']:.1%} of the samples are in several pieces. Files hold "
        f"{written} of a valid sample. constraints.one_piece=true draws such samples again."
    )
