"""Tables and the figure of causal minimax subsets on published data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from pyg_symm.utils import markdown_table
from pyg_symm.utils.figures import row_figure

Found = dict[str, Any]


def mean_error(values: Sequence[float]) -> str:
    """The mean over splits, and its standard error."""
    some = np.array(values)
    if len(some) == 1:
        return f"{some[0]:.3f}"
    return f"{some.mean():.3f} ± {some.std(ddof=1) / len(some) ** 0.5:.3f}"


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """The correlation of ranks."""
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def summary(found: Found, scored: str) -> dict[str, float]:
    """The errors of one fit in the worst test environment, and the rank correlation.

    Risks are estimated without test rows; ``scored`` is ``"true"`` for test rows in the units of
    training, or ``"own"`` for those in units of the test environment, as in the published code.
    """
    num = len(found["classes"])
    estimates, worst = np.array(found["estimates"]), np.array(found[scored]).max(1)
    chosen = int(estimates[:num].argmin())
    return {
        "rho": spearman(estimates[:num], worst[:num]),
        "estimate": float(estimates[chosen]),
        "error": float(found["errors"][chosen]),
        "chosen": float(worst[chosen]),
        "whole": float(worst[num]),
        "oracle": float(worst[:num].min()),
        "empty": float(worst[found["classes"].index([])]),
        "better": float(worst[chosen] <= worst[num]),
    }


def variant_table(results: dict[str, Found], data: str) -> str:
    """One line for each variant and scoring: the means over splits, with standard errors."""
    rows = [
        [
            "",
            "splits",
            "rank correlation",
            "estimate of the chosen set",
            "true risk: chosen",
            "all stable",
            "no stable",
            "best set",
            "chosen at most all stable",
        ]
    ]
    fits: dict[str, list[Found]] = {}
    for key, found in results.items():
        variant, some, _ = key.split("|")
        if some == data and variant != "baselines":
            fits.setdefault(variant, []).append(found)
    lines = [(name, name, "true") for name in fits]
    if "all corrections" in fits:
        lines.insert(1, ("units of the test environment", "all corrections", "own"))
    for title, variant, scored in lines:
        found = [summary(fit, scored) for fit in fits[variant]]
        columns = ("rho", "estimate", "chosen", "whole", "empty", "oracle")
        cells = [mean_error([one[name] for one in found]) for name in columns]
        better = int(sum(one["better"] for one in found))
        rows.append([title, f"{len(found)}", *cells, f"{better} of {len(found)}"])
    return markdown_table(rows)


def baseline_table(results: dict[str, Found], data: str) -> str:
    """Errors of baselines and of ours over test environments."""
    errors: dict[str, list[np.ndarray]] = {}
    for key, found in results.items():
        variant, some, _ = key.split("|")
        if some != data:
            continue
        if variant == "baselines":
            for name, values in found.items():
                errors.setdefault(name, []).append(np.array(values))
        elif variant == "all corrections":
            num, true = len(found["classes"]), np.array(found["true"])
            errors.setdefault("minimax subset", []).append(
                true[np.argmin(found["estimates"][:num])]
            )
            errors.setdefault("all stable, interventional", []).append(true[num])
            errors.setdefault("best set (oracle)", []).append(true[true[:num].max(1).argmin()])
    rows = [["", "splits", "worst environment", "mean", "standard deviation"]]
    for name, values in errors.items():
        parts = ([e.max() for e in values], [e.mean() for e in values], [e.std() for e in values])
        rows.append([name, f"{len(values)}", *map(mean_error, parts)])
    return markdown_table(rows)


def set_table(results: dict[str, Found], data: str) -> str:
    """Estimated and true risks of each set, over splits."""
    sets: dict[str, list[tuple[float, float, float]]] = {}
    for key, found in results.items():
        variant, some, _ = key.split("|")
        if (variant, some) == ("all corrections", data):
            columns = zip(
                *(found[name] for name in ("classes", "estimates", "true", "own")), strict=False
            )
            for subset, estimate, true, own in columns:
                row = (estimate, max(true), max(own))
                sets.setdefault(", ".join(subset) or "none", []).append(row)
    rows = [["stable variables", "estimate", "true", "true, units of the test environment"]]
    for name, values in sorted(sets.items(), key=lambda item: np.mean([v[0] for v in item[1]])):
        rows.append([name, *(mean_error(list(column)) for column in zip(*values, strict=True))])
    return markdown_table(rows)


def draw(results: dict[str, Found], folder: Path) -> None:
    """Estimated against true risks of all sets."""
    names = sorted({key.split("|")[1] for key in results})
    figure = row_figure(len(names), "Risk of each set of stable variables, all corrections")
    for axes, data in zip(figure.axes, names, strict=True):
        for key, found in results.items():
            if key.startswith(f"all corrections|{data}|"):
                num = len(found["classes"])
                axes.plot(found["estimates"][:num], np.array(found["true"])[:num].max(1), ".", ms=3)
        axes.set(title=data, xlabel="estimated", ylabel="worst test environment")
        axes.set(xscale="log", yscale="log")
    figure.savefig(folder / "figure.png", dpi=150)


def report(results: dict[str, Found], folder: Path) -> str:
    """All tables; the figure is written beside them."""
    parts = []
    for data in sorted({key.split("|")[1] for key in results}, reverse=True):
        parts += [f"## {data}", variant_table(results, data), baseline_table(results, data)]
        parts.append(set_table(results, data))
    draw(results, folder)
    return "\n\n".join(parts)
