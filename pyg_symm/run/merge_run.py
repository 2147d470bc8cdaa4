"""Merges the features of the network of a training run."""

import functools
import os
from pathlib import Path
from typing import Any

from pyg_symm.weights.features.job import merge_files

from .trained import TrainedNetwork


def merge_run(
    run: str | Path, out: str | os.PathLike, *, metric: str | None = "test/acc", **options: Any
) -> dict[str, Any]:
    r"""Merges the features of the network that a run has trained; see ``conf/job``.

    The classes are traced with a batch of the test data, and networks are evaluated on these data.

    Args:
        run (str or Path): The folder of the run, or a checkpoint in it.
        out (str or Path): The folder of the results.
        metric (str, optional): The figure of the test data to report for every threshold.
        **options: Further arguments of :func:`~pyg_symm.weights.features.job.merge_files`.

    Raises:
        FileNotFoundError: If there is no checkpoint, config or data file.
        ValueError: If an option is wrong, or a class cannot be merged.
    """
    trained = TrainedNetwork(run)
    inputs, named = trained.inputs()
    if metric is not None:
        options["evaluate"] = functools.partial(trained.score, metric=metric)
        options["value"] = metric
    return merge_files(trained.model, out, inputs=inputs, named_inputs=named, **options)
