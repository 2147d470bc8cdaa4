"""Which argument belongs to nodes, edges or graphs, and how it moves along with them."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

_PLAIN = (bool, int, float, complex, str, torch.dtype, torch.device)
_NODE_NAMES = ("batch", "pos", "vec", "z")
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NUM_GRAPHS = ("batch_size", "dim_size")


class Sizes(NamedTuple):
    r"""How many nodes (or elements), edges and graphs (or sets) the arguments describe."""

    node: int
    edge: int | None
    graph: int

    def levels(self, rows: int) -> list[str]:
        """All that come in such a number."""
        return [level for level, num in self._asdict().items() if num == rows]

    def __str__(self) -> str:
        names = {"node": "nodes", "edge": "edges", "graph": "graphs"}
        return ", ".join(f"{n} {names[k]}" for k, n in self._asdict().items() if n is not None)


def move(kwargs: Mapping[str, Any], sizes: Sizes, **moves: Callable[[Tensor], Tensor]) -> dict:
    r"""Moves keyword arguments along.

    A tensor belongs to edges if its name starts with ``edge_``, to nodes if it is ``batch``,
    ``pos``, ``vec``, ``z`` or starts with ``node_``, and otherwise to what comes in as many rows.
    Numbers, names, functions and tensors without dimensions stay as they are.

    Args:
        kwargs (dict): The keyword arguments.
        sizes (Sizes): The numbers of nodes, edges and graphs.
        **moves (Callable): How a tensor of each level moves; it stays where there is none.

    Raises:
        ValueError: If it is not clear how an argument moves.
    """

    def moved(name: str, value: Any) -> Any:
        if isinstance(value, Tensor):
            level = _level(name, value, sizes)
            return moves[level](value) if level in moves else value
        if isinstance(value, Mapping):
            return {key: moved(name, v) for key, v in value.items()}
        if type(value) in (list, tuple, torch.Size):
            return type(value)(moved(name, v) for v in value)
        if value is None or isinstance(value, _PLAIN) or callable(value):
            return value
        raise ValueError(
            f"'{name}' must hold tensors, numbers or names, as anything else cannot be permuted "
            f"(got {type(value).__name__}); wrap the layer in a function that computes it"
        )

    return {name: moved(name, value) for name, value in kwargs.items()}


def _level(name: str, value: Tensor, sizes: Sizes) -> str | None:
    shape = list(value.shape)
    if value.dim() == 0:
        return None
    if name.endswith(("ptr", "_index")) or value.layout != torch.strided:
        raise ValueError(
            f"'{name}' holds positions, which cannot be permuted with the rest (got shape "
            f"{shape}); wrap the layer in a function that computes it"
        )
    wanted = None
    if name.startswith("edge_") and sizes.edge is not None:
        wanted = "edge"
    elif name in _NODE_NAMES or name.startswith("node_"):
        wanted = "node"
    levels = sizes.levels(value.size(0))
    if wanted is not None:
        levels = [level for level in levels if level == wanted]
    if len(levels) == 1:
        return levels[0]
    if len(levels) > 1:
        raise ValueError(
            f"'{name}' has as many rows as there are {' and '.join(f'{v}s' for v in levels)} (got "
            f"shape {shape} for {sizes}); use a graph in which these numbers differ"
        )
    what = "node, edge or graph" if wanted is None else wanted
    raise ValueError(f"'{name}' must have one row for each {what} (got shape {shape} for {sizes})")


def alone(kwargs: Mapping[str, Any], num_nodes: int) -> dict:
    """Keyword arguments that hold sizes of a batch, for one of its graphs."""
    kwargs = {k: 1 if k in _NUM_GRAPHS and v is not None else v for k, v in kwargs.items()}
    if kwargs.get("num_nodes") is not None:
        kwargs["num_nodes"] = num_nodes
    if kwargs.get("size") is not None:
        raise ValueError(f"'size' cannot be told for a single graph (got {kwargs['size']})")
    return kwargs


def count_graphs(index: Tensor | None, kwargs: Mapping[str, Any]) -> int:
    """The number of graphs, or sets, counting empty ones that are asked for."""
    given = [kwargs[name] for name in _NUM_GRAPHS if kwargs.get(name) is not None]
    if given:
        return int(given[0])
    if index is None:
        return 1
    return int(index.max()) + 1 if index.numel() > 0 else 0


def takes(layer: Callable, name: str) -> bool:
    """Whether a layer takes an argument of such a name behind ``x`` and ``edge_index``."""
    parameters = _parameters(layer)
    kinds = [parameter.kind for parameter in parameters or ()]
    any_name = inspect.Parameter.VAR_KEYWORD in kinds and len(kinds) <= 3
    return any_name or any(parameter.name == name for parameter in parameters or ())


def on_graph(layer: Callable, x: Tensor, edge_index: Tensor, *args: Any, **kwargs: Any) -> Any:
    """Calls a layer with its edges behind ``x``, or by name if another argument stands there."""
    names = [parameter.name for parameter in _parameters(layer) or ()]
    if "edge_index" in names[2:]:
        return layer(x, *args, edge_index=edge_index, **kwargs)
    return layer(x, edge_index, *args, **kwargs)


def takes_third(layer: Callable) -> bool:
    """Whether a layer takes the graph of each node as its third argument, by whatever name."""
    parameters = _parameters(layer)
    if parameters is None:
        return True
    if any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters[:3]):
        return True
    third = [p for p in parameters[2:3] if p.kind in _POSITIONAL]
    return bool(third) and third[0].name != "size" and not third[0].name.startswith("edge_")


def _parameters(layer: Callable) -> list[inspect.Parameter] | None:
    function = layer.forward if isinstance(layer, torch.nn.Module) else layer
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # Built-in functions have none.
        return None


def check_inputs(x: Any, edge_index: Any = None, index: Any = None) -> None:
    """Refuses inputs that the assertions cannot permute."""
    if not isinstance(x, Tensor) or x.dim() == 0:
        raise ValueError(f"'x' must be a tensor with one row per node (got {_kind(x)})")
    if edge_index is not None and (
        not isinstance(edge_index, Tensor)
        or edge_index.layout != torch.strided
        or edge_index.dim() != 2
        or edge_index.size(0) != 2
        or edge_index.is_floating_point()
    ):
        raise ValueError(f"'edge_index' must be integers of shape [2, E] (got {_kind(edge_index)})")
    if index is not None and (not isinstance(index, Tensor) or index.shape != x.shape[:1]):
        raise ValueError(f"'index' must have shape [{x.size(0)}] (got {_kind(index)})")


def _kind(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{value.dtype} of shape {list(value.shape)}"
    return type(value).__name__
