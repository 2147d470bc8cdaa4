"""Aggregations by name: this package's first, PyG's otherwise."""

import copy
from typing import Any

import torch_geometric.nn.aggr as pyg_aggr
from torch_geometric.nn.resolver import aggregation_resolver as pyg_aggregation_resolver
from torch_geometric.resolver import normalize_string, resolver

from . import aggr


def aggregation_resolver(query: Any, *args: Any, **kwargs: Any) -> pyg_aggr.Aggregation:
    r"""An aggregation by its name, such as ``"lcm"``, ``"recurrent"`` or any of PyG's.

    PyG's own resolver has PyG's classes only: there, ``"lcm"`` is the padded aggregation.

    Args:
        query (str, list or Aggregation): A name, with or without ``Aggregation`` behind it; a list
            of names, for :class:`torch_geometric.nn.aggr.MultiAggregation`; or an aggregation,
            which is returned as it is.
        *args (optional): Positional arguments of the aggregation.
        **kwargs (optional): Keyword arguments of the aggregation.

    Raises:
        ValueError: If neither this package nor PyG has an aggregation of that name.

    Examples:
        >>> aggregation_resolver("lcm", 4, 8)
        LCMAggregation(4, 8, project=True, op=GRUOperator(8))
        >>> aggregation_resolver("median")
        MedianAggregation()
        >>> aggregation_resolver(["lcm", "mean"], [{"in_channels": 4, "out_channels": 8}, {}])
        MultiAggregation([
          LCMAggregation(4, 8, project=True, op=GRUOperator(8)),
          MeanAggregation(),
        ], mode=cat)
    """
    if isinstance(query, list | tuple):
        return _multi(query, *args, **kwargs)
    if not isinstance(query, str):
        return pyg_aggregation_resolver(query, *args, **kwargs)
    name = normalize_string(query).replace("aggregation", "")
    if name == "multi":
        return _multi(*args, **kwargs)
    base = pyg_aggr.Aggregation
    ours = [
        member
        for member in vars(aggr).values()
        if isinstance(member, type) and issubclass(member, base)
    ]
    if name in {normalize_string(cls.__name__).replace("aggregation", "") for cls in ours}:
        return resolver(ours, {}, query, base, "Aggregation", *args, **kwargs)
    return pyg_aggregation_resolver(query, *args, **kwargs)


def _multi(
    aggrs: Any, aggrs_kwargs: list[dict[str, Any]] | None = None, *args: Any, **kwargs: Any
) -> pyg_aggr.MultiAggregation:
    """Several aggregations in one, each found by :func:`aggregation_resolver`."""
    if isinstance(aggrs, list | tuple):
        settings = [{}] * len(aggrs) if aggrs_kwargs is None else aggrs_kwargs
        if len(settings) != len(aggrs):
            raise ValueError(
                f"'aggrs_kwargs' must have one entry for each of {len(aggrs)} aggregations (got "
                f"{len(settings)})"
            )
        aggrs = [aggregation_resolver(q, **kw) for q, kw in zip(aggrs, settings, strict=True)]
    return pyg_aggr.MultiAggregation(aggrs, None, *args, **kwargs)


def independent_copies(aggr: str | pyg_aggr.Aggregation, num: int) -> list[pyg_aggr.Aggregation]:
    r"""Several aggregations of one kind that share no parameters.

    Args:
        aggr (str or Aggregation): A name, or the aggregation to copy.
        num (int): The number of copies, each with new parameters.
    """
    copies = [copy.deepcopy(aggregation_resolver(aggr)) for _ in range(num)]
    for module in copies:
        module.reset_parameters()
    return copies
