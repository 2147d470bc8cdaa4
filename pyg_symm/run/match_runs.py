"""Matches the networks of training runs."""

import glob
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pyg_symm.tasks import Trials
from pyg_symm.weights import (
    Match,
    PermutationSpec,
    activation_matching,
    frank_wolfe_matching,
    recalibrate,
    straight_through_matching,
    trace_spec,
    weight_matching,
)
from pyg_symm.weights.connectivity.job import Paths, match_states
from pyg_symm.weights.connectivity.match_files import short_names
from pyg_symm.weights.connectivity.states import State
from pyg_symm.weights.files import read_spec

from .load import load_run
from .quiet import quiet

Way = Callable[[PermutationSpec, State, State], Match]


def match_runs(
    runs: str | Sequence[str],
    out: str | os.PathLike,
    *,
    matcher: Callable[[Trials], Way],
    split: str = "test",
    num_points: int = 25,
    calibrate: bool = True,
    higher_is_better: Sequence[str] = (),
    gamma: float = 0.3,
    spec: str | os.PathLike | None = None,
    freeze: Sequence[str] = (),
) -> dict[str, Any]:
    r"""Matches the networks of training runs, and evaluates the paths between them.

    Args:
        runs (str or list): Folders of at least two runs of one experiment, or patterns of folders
            such as ``"runs/benchmark/digits/*"``.
        out (str or Path): The folder of the results, see
            :func:`~pyg_symm.weights.connectivity.job.match_states`.
        matcher (Callable): From the trials of the first run to a way of matching, such as
            :func:`by_weights`.
        split (str, optional): What to evaluate on. (default: ``"test"``)
        num_points (int, optional): Positions on each path. (default: :obj:`25`)
        calibrate (bool, optional): Whether to measure running statistics of merged networks anew on
            the training data. (default: :obj:`True`)
        higher_is_better (list, optional): Names of figures such as accuracies.
        gamma (float, optional): The threshold of :func:`~pyg_symm.weights.singular_alignment`.
            (default: :obj:`0.3`)
        spec (str or Path, optional): A YAML file of the specification. (default: it is traced)
        freeze (list, optional): Classes that stay as they are.

    Returns:
        dict: Figures of each pair, their medians, those of the merged networks, and a ``"table"``.

    Raises:
        FileNotFoundError: If there is no such run.
        ValueError: If there are fewer than two runs, or their networks do not fit together.
    """
    quiet()
    folders = short_names(_folders(runs), "runs")
    trials = Trials(*load_run(next(iter(folders.values()))), split=split)
    states: dict[str, State] = {}
    for name, folder in folders.items():
        states[name] = trials.model.state_dict() if not states else _network(folder).state_dict()
    found = read_spec(spec) if spec is not None else _trace(trials)
    found = found.freeze(*freeze)
    way = matcher(trials)
    mend = None
    if calibrate:
        batches, forward = trials.train_batches, trials.forward

        def mend(network: Any, *_: Any) -> Any:
            return recalibrate(network, batches, forward=forward)

    paths = Paths(trials.model, trials.evaluate, mend, num_points, tuple(higher_is_better))
    return match_states(states, found, lambda a, b: way(found, a, b), out, paths=paths, gamma=gamma)


def by_weights(trials: Trials, **options: Any) -> Way:
    """:func:`~pyg_symm.weights.weight_matching` with some options."""
    return lambda spec, a, b: weight_matching(spec, a, b, **options)


def by_frank_wolfe(trials: Trials, **options: Any) -> Way:
    """:func:`~pyg_symm.weights.frank_wolfe_matching` with some options."""
    return lambda spec, a, b: frank_wolfe_matching(spec, a, b, **options)


def by_activations(trials: Trials, **options: Any) -> Way:
    """:func:`~pyg_symm.weights.activation_matching` on the training data, with some options."""
    return lambda spec, a, b: activation_matching(
        spec, trials.model, a, b, trials.train_batches, forward=trials.forward, **options
    )


def by_loss(trials: Trials, **options: Any) -> Way:
    """:func:`~pyg_symm.weights.straight_through_matching` on the training data."""
    return lambda spec, a, b: straight_through_matching(
        spec, trials.model, a, b, trials.train_batches, trials.loss, **options
    )


def _folders(runs: str | Sequence[str]) -> list[str]:
    patterns = [runs] if isinstance(runs, str) else list(runs)
    found: list[str] = []
    for pattern in patterns:
        folders = [path for path in sorted(glob.glob(pattern)) if (Path(path).is_dir())]
        if not folders and not Path(pattern).exists():
            raise FileNotFoundError(f"'runs' has no folder '{pattern}'")
        found += [path for path in folders or [pattern] if _is_run(path)]
    if len(found) < 2:
        raise ValueError(
            f"'runs' must name the folders of two training runs or more (found {found} for "
            f"{patterns})"
        )
    return found


def _is_run(path: str) -> bool:
    """A folder with a config and a checkpoint, or a checkpoint itself."""
    return not Path(path).is_dir() or (Path(path) / "checkpoints").is_dir()


def _network(folder: Path) -> Any:
    return load_run(folder)[0].model


def _trace(trials: Trials) -> PermutationSpec:
    args, kwargs = trials.inputs()
    with warnings.catch_warnings(record=True) as lost:
        warnings.simplefilter("always")
        spec = trace_spec(trials.model, *args, **kwargs)
    for warning in lost:
        print(f"note: {warning.message}")
    return spec
