"""Merges of three adapters of a small transformer, each at its best scale.

A transformer learns to move values to other places, in three tasks with separate tokens. Then
each task trains an adapter of rank 8 that also renames half of the values. Tokens are disjoint, so
that adapters can coexist; the base model has the other half right. The norms of adapters are made
equal. Every merge is scored at several scales of its update: the best one is
chosen by the mean accuracy on sequences for validation, and reported on others. Results are kept
below ``runs/benchmarks/lora_experiment``: started again, it goes on where it was.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch
from harness import cached
from lora_tasks import TASKS, Transformer, accuracies, train
from torch import nn

from pyg_symm.utils import markdown_table
from pyg_symm.utils.figures import agg_figure
from pyg_symm.weights.lora import (
    Adapter,
    adapter_of,
    add_lora,
    apply_adapter,
    concat_adapters,
    dare_merge,
    knots_merge,
    lego_merge,
    linear_merge,
    svd_merge,
    ties_merge,
)

RANK = 8
SCALES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0)
TARGETS = [f"blocks.*.{name}" for name in ("q", "k", "v", "o", "up", "down")]
STEPS, ADAPTER_STEPS, RATE = 300, 100, 2e-3
VALIDATION, TEST = 1_000, 2_000
MERGES: dict[str, Callable[..., Adapter]] = {
    "sum of updates (rank 24)": concat_adapters,
    "average of factors": linear_merge,
    "TIES on factors": ties_merge,
    "DARE on factors": dare_merge,
    "KnOTS (rank 24)": knots_merge,
    "SVD": lambda x, **kw: svd_merge(x, RANK, **kw),
    "LEGO, paper": lambda x, **kw: lego_merge(x, RANK, **kw),
    "LEGO, gauge": lambda x, **kw: lego_merge(x, RANK, preset="gauge", **kw),
    "LEGO, gauge, sum": lambda x, **kw: lego_merge(
        x, RANK, preset="gauge", semantics="sum", output_reweight="optimal", **kw
    ),
}


def trained(
    seed: int, steps: int = STEPS, adapter_steps: int = ADAPTER_STEPS
) -> tuple[nn.Module, list[Adapter]]:
    """A base model, and an adapter for each task."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    base = Transformer()
    train(base, list(range(len(TASKS))), steps, generator, RATE, renamed=False)
    adapters = []
    for task in range(len(TASKS)):
        adapted = add_lora(base, TARGETS, rank=RANK, alpha=2 * RANK, generator=generator)
        train(adapted, [task], adapter_steps, generator, RATE, renamed=True)
        adapters.append(adapter_of(adapted))
    return base, adapters


def equal_norms(adapters: list[Adapter]) -> list[float]:
    """Weights with which all adapters have the same norm, their mean."""
    norms = [
        float(sum(adapter.delta(name).square().sum() for name in adapter)) ** 0.5
        for adapter in adapters
    ]
    return [mean(norms) / norm for norm in norms]


def score(base: nn.Module, adapter: Adapter, seed: int, scale: float = 1.0) -> list[float]:
    """Accuracies on all tasks."""
    return accuracies(apply_adapter(base, adapter, scale=scale), seed)


def experiment(seed: int, **steps: int) -> dict[str, Any]:
    """Scores of one seed, by row of the table."""
    torch.set_num_threads(1)
    base, adapters = trained(seed, **steps)
    weights = equal_norms(adapters)
    rows: dict[str, Any] = {
        "base model": {"tasks": accuracies(base, TEST + seed)},
        "own adapter of each task": {
            "tasks": [score(base, a, TEST + seed)[task] for task, a in enumerate(adapters)]
        },
    }
    for name, merge in MERGES.items():
        merged = merge(adapters, weights=weights)
        found = {scale: mean(score(base, merged, VALIDATION + seed, scale)) for scale in SCALES}
        best = max(found, key=lambda scale: found[scale])
        entries = list(merged.report.values()) if merged.report else []
        rows[name] = {
            "tasks": score(base, merged, TEST + seed, best),
            "scale": best,
            "by scale": list(found.values()),
            "at scale 1": mean(score(base, merged, TEST + seed)),
            "error": mean(entry.relative_error for entry in entries),
            "energy": mean(entry.captured_energy for entry in entries),
        }
    return rows


def table(results: list[dict[str, Any]]) -> str:
    """Means and standard deviations over seeds, in percent."""
    head = ["", "accuracy", "at scale 1", "best scales", *TASKS]
    lines = [[*head, "error", "energy"]]
    for name in results[0]:
        mine = [result[name] for result in results]
        line = [name, spread([mean(row["tasks"]) for row in mine])]
        merged = "scale" in mine[0]
        line.append(spread([row["at scale 1"] for row in mine]) if merged else "")
        line.append(", ".join(f"{row['scale']:g}" for row in mine) if merged else "")
        line += [f"{100 * mean(row['tasks'][task] for row in mine):.1f}" for task in range(3)]
        for key in ("error", "energy"):
            line.append(f"{mean(row[key] for row in mine):.2f}" if merged else "")
        lines.append(line)
    return markdown_table(lines)


def draw(results: list[dict[str, Any]], file: Path) -> None:
    """Mean accuracy on validation sequences over the scale of the update."""
    figure = agg_figure(9, 4.8)
    axes = figure.add_subplot()
    for name, marker in zip(MERGES, "os^v<>DPX", strict=True):
        curves = zip(*(result[name]["by scale"] for result in results), strict=True)
        axes.plot(SCALES, [100 * mean(values) for values in curves], marker=marker, label=name)
    base = mean(share for result in results for share in result["base model"]["tasks"])
    axes.axhline(100 * base, color="black", ls="--", label="base model")
    axes.set_xscale("log", base=2)
    axes.set_xticks(SCALES, [f"{scale:g}" for scale in SCALES])
    axes.minorticks_off()
    axes.set_xlabel("scale of the merged update")
    axes.set_ylabel("accuracy, mean of three tasks (%)")
    axes.set_title(f"Merges of three adapters, {len(results)} seeds")
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    figure.savefig(file, dpi=100)


def spread(values: list[float]) -> str:
    """A mean and its standard deviation, in percent."""
    deviation = f" ± {100 * stdev(values):.1f}" if len(values) > 1 else ""
    return f"{100 * mean(values):.1f}{deviation}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=STEPS, help="of the base model")
    parser.add_argument("--adapter-steps", type=int, default=ADAPTER_STEPS)
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks/lora_experiment"))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    steps = {"steps": args.steps, "adapter_steps": args.adapter_steps}
    results = []
    for seed in args.seeds:
        key = f"seed {seed}, {args.steps}, {args.adapter_steps}"
        found = cached(
            args.folder / "results.json", key, lambda seed=seed: experiment(seed, **steps)
        )
        print(f"seed {seed}: base {spread([mean(found['base model']['tasks'])])} %", flush=True)
        results.append(found)
    text = table(results)
    (args.folder / "table.md").write_text(text + "\n")
    draw(results, args.folder / "figure.png")
    print(f"\n{text}")


if __name__ == "__main__":
    main()
