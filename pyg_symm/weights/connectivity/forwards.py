"""How a model is called on what a loader gives."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch_geometric.data import Data

Forward = Callable[[torch.nn.Module, Any], Any]


def call_model(model: torch.nn.Module, batch: Any) -> Any:
    r"""Calls a model on a batch.

    * A tensor is the only argument.
    * Of a tuple or list, such as images and their classes, the first item is.
    * A mapping holds keyword arguments.
    * A PyG batch gives those of its attributes that ``forward`` has arguments for; ``batch_size``
      is its number of graphs. It is handed over whole to a ``forward`` without such arguments.

    Args:
        model (torch.nn.Module): The model.
        batch: What a loader gives.

    Raises:
        ValueError: If it is none of these.
    """
    if isinstance(batch, Data):
        return _call_on_graphs(model, batch)
    if isinstance(batch, Mapping):
        return model(**batch)
    if isinstance(batch, list | tuple) and len(batch) > 0:
        batch = batch[0]
    if torch.is_tensor(batch):
        return model(batch)
    raise ValueError(
        f"'batches' must hold tensors, tuples, mappings or graphs (got {type(batch).__name__}); "
        "say by 'forward' how to call the model on others"
    )


def _call_on_graphs(model: torch.nn.Module, batch: Data) -> Any:
    parameters = inspect.signature(model.forward).parameters
    given = {name: batch[name] for name in parameters if name in batch}
    if not given:
        return model(batch)
    if "batch_size" in parameters and hasattr(batch, "num_graphs") and "batch" in given:
        given["batch_size"] = batch.num_graphs
    return model(**given)


def run_over(model: torch.nn.Module, batches: Iterable[Any], forward: Forward | None = None) -> int:
    r"""Runs a model over a loader without gradients.

    Args:
        model (torch.nn.Module): The model.
        batches (Iterable): The loader.
        forward (Callable, optional): How to call the model on a batch.
            (default: :func:`call_model`)

    Returns:
        int: The number of batches.

    Raises:
        ValueError: If there is no batch.
    """
    call = call_model if forward is None else forward
    count = 0
    with torch.no_grad():
        for batch in batches:
            call(model, batch)
            count += 1
    if count == 0:
        raise ValueError("'batches' must not be empty; a generator can be read only once")
    return count
