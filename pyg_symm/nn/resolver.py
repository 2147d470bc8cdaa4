"""Layers by name: those of this package before PyG's."""

import copy
from typing import Any

import torch_geometric.nn.aggr as pyg_aggr
from torch_geometric.nn.resolver import aggregation_resolver as pyg_aggregation_resolver
from torch_geometric.resolver import resolver

from . import aggr

_AGGREGATIONS: list[Any] = [aggr.LCMAggregation, aggr.RecurrentAggregation]


def aggregation_resolver(query: Any, *args: Any, **kwargs: Any) -> pyg_aggr.Aggregation:
    r"""An aggregation from its name, such as ``"lcm"``, ``"recurrent"`` or any of PyG's.

    PyG's own resolver knows PyG's classes only: there, ``"lcm"`` is the padded one.

    Args:
        query (str or Aggregation): A name, with or without ``Aggregation`` behind it, or an
            aggregation, which is returned as it is.
        *args (optional): Positional arguments of the aggregation.
        **kwargs (optional): Keyword arguments of the aggregation.

    Raises:
        ValueError: If neither this package nor PyG has an aggregation of that name.

    Examples:
        >>> aggregation_resolver("lcm", 4, 8)
        LCMAggregation(4, 8, project=True, op=GRUOperator(8))
        >>> aggregation_resolver("median")
        MedianAggregation()
    """
    name = str(query).lower().replace("_", "").replace("aggregation", "")
    if name in {cls.__name__.lower().replace("aggregation", "") for cls in _AGGREGATIONS}:
        base = pyg_aggr.Aggregation
        return resolver(_AGGREGATIONS, {}, query, base, "Aggregation", *args, **kwargs)
    return pyg_aggregation_resolver(query, *args, **kwargs)


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
