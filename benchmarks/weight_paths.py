"""What slopes, activations and inputs say of the paths between networks of several seeds.

    python benchmarks/weight_paths.py runs/benchmark/weight_matching/digits/hidden_channels=64*

Beside the barrier of each pair, naive and matched by weights: its estimate from both ends, and the
loss in the middle before and after its units got the statistics of their parents. Then the share of
what enters each layer of the first network in its dominant directions.
"""

import argparse
import itertools
import statistics
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from pyg_symm.run import load_run
from pyg_symm.tasks import Trials
from pyg_symm.utils import markdown_table
from pyg_symm.weights import (
    barrier,
    dominant_input_share,
    interpolate,
    repair,
    taylor_barrier,
    trace_spec,
    weight_matching,
)
from pyg_symm.weights.connectivity.states import State, copy_of

COLUMNS = ("barrier", "estimate", "loss in the middle", "after repair")


def paths(trials: Trials, states: Sequence[State], num_points: int) -> dict[str, list[list[float]]]:
    """The columns of each pair, for naive and for matched paths."""
    args, kwargs = trials.inputs()
    spec = trace_spec(trials.model, *args, **kwargs)

    def loss(call: Any) -> Tensor:
        counts = torch.tensor([float(batch.num_graphs) for batch in trials.batches])
        losses = torch.stack([trials.loss(call, batch) for batch in trials.batches])
        return losses @ counts / counts.sum()

    found: dict[str, list[list[float]]] = {"naive": [], "matched": []}
    for a, b in itertools.combinations(states, 2):
        moved = spec.apply(b, weight_matching(spec, a, b).permutation)
        for way, end in (("naive", b), ("matched", moved)):
            middle = copy_of(trials.model, interpolate(a, end))
            mended = repair(trials.model, a, end, 0.5, trials.train_batches, forward=trials.forward)
            path = barrier(trials.model, a, end, trials.evaluate, num_points)
            estimate = taylor_barrier(trials.model, a, end, loss, num_points)
            losses = [trials.evaluate(network)["loss"] for network in (middle, mended)]
            found[way].append([path.barrier, estimate.barrier, *losses])
    return found


def report(trials: Trials, states: Sequence[State], num_points: int, gamma: float) -> str:
    """Both tables."""
    rows = [["path", *COLUMNS]]
    for way, values in paths(trials, states, num_points).items():
        medians = [statistics.median(column) for column in zip(*values, strict=True)]
        rows.append([f"{way}, median", *(f"{value:.4f}" for value in medians)])
    batches, forward = trials.batches, trials.forward
    shares = dominant_input_share(trials.model, batches, gamma, forward=forward)
    layers = [["layer", "directions", f"dominant at {gamma:g}", "share of the input"]]
    for name, found in shares.items():
        cells = str(len(found.curve)), str(found.num_dominant), f"{found.share:.3f}"
        layers.append([name, *cells])
    return f"{markdown_table(rows)}\n\n{markdown_table(layers)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", help="folders of training runs")
    parser.add_argument("--points", type=int, default=25, help="positions on each path")
    parser.add_argument("--gamma", type=float, default=0.3, help="the threshold of directions")
    options = parser.parse_args()
    if len(options.runs) < 2:
        parser.error("at least two runs are needed")
    torch.set_num_threads(1)
    loaded = [load_run(run) for run in options.runs]
    trials = Trials(*loaded[0])  # type: ignore[arg-type]
    states = [task.model.state_dict() for task, _ in loaded]  # type: ignore[union-attr]
    print(report(trials, states, options.points, options.gamma))


if __name__ == "__main__":
    main()
