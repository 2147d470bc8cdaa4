"""Which pairs of graphs networks tell apart, by plain names and numbers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from .separation import OnData
from .table import expressivity_markdown, expressivity_suite, expressivity_table


def expressivity_report(
    models: Mapping[str, Callable[[], torch.nn.Module]],
    rows: Sequence[str] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
) -> dict[str, Any]:
    r"""Measures which pairs of graphs networks with random weights tell apart.

    Args:
        models (dict): For every name, a function that builds a network of ``x``, ``edge_index`` and
            ``batch`` with one input channel.
        rows (list, optional): Names of rows of
            :func:`~pyg_symm.metrics.expressivity.expressivity_suite`. (default: all)
        seeds (list[int], optional): A network is built from each. (default: :obj:`(0, 1, 2)`)

    Returns:
        dict: ``"table"``, in Markdown, and ``"separated"``: for every row and model the number of
        pairs that are told apart.

    Raises:
        ValueError: If there is no such row.

    Examples:
        >>> from pyg_symm.nn.models import AggregatorGIN
        >>> models = {"GIN": lambda: AggregatorGIN(1, 8, 3, 4)}
        >>> expressivity_report(models, ["C6 / 2 C3"], seeds=[0])["separated"]
        {'C6 / 2 C3': {'GIN': 0}}
    """
    suite = expressivity_suite()
    for name in suite if rows is None else rows:
        if name not in suite:
            raise ValueError(f"'rows' must be of {list(suite)} (got {name!r})")
    chosen = suite if rows is None else {name: suite[name] for name in rows}
    builds = {name: (lambda build=build: OnData(build()), None) for name, build in models.items()}
    table = expressivity_table(builds, chosen, seeds)
    separated = {
        row: {name: sum(s.is_separated for s in found) for name, found in cells.items()}
        for row, cells in table.items()
    }
    return {"table": expressivity_markdown(table), "separated": separated}
