"""From several networks to files of aligned and merged ones, with a report."""

import itertools
import os
import statistics
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils.table import markdown_table

from ..files import write_spec, write_state
from ..matching import Match
from ..permutations import Permutation
from ..spec import PermutationSpec
from .alignment import layer_alignments, singular_alignment
from .barrier import Barrier, Evaluate, Mend, barrier
from .distances import l2_reduction
from .draw import draw_barriers, draw_curves
from .interpolate import average
from .states import State, copy_of

Matcher = Callable[[State, State], Match]
_MOST_LAYERS = 6  # Panels of a figure.


@dataclass(frozen=True)
class Paths:
    r"""How the paths between networks are evaluated.

    Args:
        model (torch.nn.Module): A network of their architecture.
        evaluate (Callable): As in :func:`~pyg_symm.weights.barrier`.
        mend (Callable, optional): As there.
        num_points (int, optional): As there. (default: :obj:`25`)
        higher_is_better (Collection, optional): As there.
    """

    model: torch.nn.Module
    evaluate: Evaluate
    mend: Mend | None = None
    num_points: int = 25
    higher_is_better: Collection[str] = field(default=())

    def between(self, a: State, b: State) -> Barrier:
        """The path between two networks."""
        return barrier(
            self.model,
            a,
            b,
            self.evaluate,
            self.num_points,
            mend=self.mend,
            higher_is_better=self.higher_is_better,
        )

    def mended(self, state: State) -> torch.nn.Module:
        """A merged network, mended as on a path."""
        network = copy_of(self.model, state)
        return network if self.mend is None else self.mend(network, state, state, 0.5)

    def figures(self, network: torch.nn.Module) -> dict[str, float]:
        """Figures of one network."""
        with torch.no_grad():
            found = self.evaluate(network.eval())
        named = found if isinstance(found, Mapping) else {"loss": found}
        return {name: float(value) for name, value in named.items()}


def match_states(
    states: Mapping[str, State],
    spec: PermutationSpec,
    match: Matcher,
    out: str | os.PathLike,
    *,
    paths: Paths | None = None,
    gamma: float = 0.3,
) -> dict[str, Any]:
    r"""Matches networks, and writes aligned and merged ones with a report.

    Every pair is matched directly. The networks that are written are all matched to the first one;
    pairs of the others are also compared like this, since only then they can be merged together.

    ``out`` receives ``aligned/NAME.safetensors``, ``merged.safetensors``, ``spec.yaml``,
    ``permutations.safetensors`` (of each name and class) and the figures ``alignment.png``,
    ``singular_values.png`` and, with ``paths``, ``barrier.png``.

    Args:
        states (dict): State dicts of one architecture by name, at least two.
        spec (PermutationSpec): Their specification.
        match (Callable): From two state dicts to a match that permutes the second one.
        out (str or Path): The folder of the results.
        paths (Paths, optional): How to evaluate networks. (default: only weights are compared)
        gamma (float, optional): The threshold of :func:`~pyg_symm.weights.singular_alignment`.
            (default: :obj:`0.3`)

    Returns:
        dict: Figures of each pair, their medians, those of the merged networks, and a ``"table"``.

    Raises:
        ValueError: If there are fewer than two networks, or they do not fit to the specification.
    """
    if len(states) < 2:
        raise ValueError(f"'states' must hold at least two networks (got {list(states)})")
    for state in states.values():
        spec.validate(state)
    first, *others = names = list(states)
    found = {pair: match(*(states[n] for n in pair)) for pair in itertools.combinations(names, 2)}
    permutations = {n: found[first, n].permutation for n in others}
    aligned = {n: spec.apply(states[n], p) for n, p in permutations.items()}
    aligned = {first: dict(states[first]), **aligned}
    merged = average(list(aligned.values()))
    network = None if paths is None else paths.mended(merged)
    folder = Path(out)
    _write(folder, spec, aligned, merged if network is None else network.state_dict(), permutations)

    pairs: list[dict[str, Any]] = []
    drawn: dict[str, list[Barrier]] = {}
    for (x, y), matched in found.items():
        moved = spec.apply(states[y], matched.permutation)
        ways = {"naive": (states[x], states[y]), "matched": (states[x], moved)}
        if x != first:
            ways["through the first"] = (aligned[x], aligned[y])
        row: dict[str, Any] = {"pair": [x, y], "objective": matched.objective}
        row["l2_reduction"] = l2_reduction(spec, states[x], states[y], matched.permutation)
        for way, (a, b) in ways.items():
            row[way] = {"alignment": singular_alignment(spec, a, b, gamma)}
            if paths is not None:
                path = paths.between(a, b)
                drawn.setdefault(way, []).append(path)
                row[way] |= {f"barrier/{name}": path.height(name) for name in path.figures}
                row[way] |= {f"end/{name}": (v[0], v[-1]) for name, v in path.figures.items()}
                row[way] |= {f"middle/{name}": _middle(v) for name, v in path.figures.items()}
        pairs.append(row)
    result: dict[str, Any] = {"pairs": pairs, "median": _medians(pairs)}
    if paths is not None and network is not None:
        naive = paths.mended(average(list(states.values())))
        result["merged"] = {"naive": paths.figures(naive), "matched": paths.figures(network)}
        draw_barriers(folder / "barrier.png", drawn, title=f"Paths between {len(states)} networks")
    _draw_layers(folder, spec, states[first], states[others[0]], aligned[others[0]])
    return {**result, "table": _table(pairs, result, gamma)}


def _middle(values: list[float]) -> float:
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def _write(
    folder: Path,
    spec: PermutationSpec,
    aligned: Mapping[str, State],
    merged: State,
    permutations: Mapping[str, Permutation],
) -> None:
    (folder / "aligned").mkdir(parents=True, exist_ok=True)
    for name, state in aligned.items():
        write_state(folder / "aligned" / f"{name}.safetensors", state)
    write_state(folder / "merged.safetensors", merged)
    flat: dict[str, Tensor] = {
        f"{name}/{key}": p for name, classes in permutations.items() for key, p in classes.items()
    }
    write_state(folder / "permutations.safetensors", flat)
    write_spec(folder / "spec.yaml", spec)


def _medians(pairs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    ways = dict.fromkeys(way for row in pairs for way, v in row.items() if isinstance(v, dict))
    found: dict[str, dict[str, float]] = {}
    for way in ways:
        rows = [row[way] for row in pairs if way in row]
        scalars = [name for name, value in rows[0].items() if isinstance(value, float)]
        found[way] = {name: statistics.median(row[name] for row in rows) for name in scalars}
    return found


def _table(pairs: list[dict[str, Any]], result: dict[str, Any], gamma: float) -> str:
    """A row for each way to join each pair, and one for the median."""
    figures = [n for n in pairs[0]["naive"] if n.startswith("barrier/")]
    columns = [name.removeprefix("barrier/") for name in figures]
    head = ["pair", "way", f"alignment at {gamma:g}", *(f"barrier of {n}" for n in columns)]
    rows = [[*head, *(f"{n} in the middle" for n in columns)]]
    named = [(" and ".join(row["pair"]), row) for row in pairs]
    for name, row in [*named, ("median", result["median"])]:
        for way, values in row.items():
            if isinstance(values, dict):
                cells = [values["alignment"], *(values[n] for n in figures)]
                cells += [values[f"middle/{n}"] for n in columns]
                rows.append([name, way, *(f"{cell:.4f}" for cell in cells)])
    return markdown_table(rows)


def _draw_layers(folder: Path, spec: PermutationSpec, a: State, b: State, moved: State) -> None:
    """Singular values and the agreement of singular vectors, for the first layers of a pair."""
    before, after = layer_alignments(spec, a, b), layer_alignments(spec, a, moved)
    layers = list(before)[:_MOST_LAYERS]
    curves = {
        name: {"naive": before[name].curve(), "matched": after[name].curve()} for name in layers
    }
    title = "Agreement of the first singular directions of two networks"
    draw_curves(folder / "alignment.png", curves, title=title, x="directions", y="alignment")
    values = {
        name: {"a": before[name].values_a.tolist(), "b": before[name].values_b.tolist()}
        for name in layers
    }
    title = "Singular values of two networks"
    file = folder / "singular_values.png"
    draw_curves(file, values, title=title, x="rank", y="singular value", log=True)
