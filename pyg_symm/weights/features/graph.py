"""The order in which a model calls its modules, from a symbolic trace."""

import inspect
import warnings
from typing import Any

from torch import nn
from torch.fx import Graph, Tracer
from torch_geometric import nn as pyg
from torch_geometric.nn import MessagePassing


class _Tracer(Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        norm = type(m).__module__.startswith("torch_geometric.nn.norm.")
        leaf = norm or isinstance(m, MessagePassing | pyg.Linear)
        return leaf or super().is_leaf_module(m, module_qualified_name)


def module_graph(model: nn.Module) -> Graph | None:
    r"""The graph of calls, or :obj:`None` if the model cannot be traced.

    Layers of PyG that pass messages are one call each, and arguments with defaults keep them.

    Args:
        model (torch.nn.Module): The model.
    """
    defaults: dict[str, Any] = {
        name: parameter.default
        for name, parameter in inspect.signature(model.forward).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _Tracer().trace(model, concrete_args=defaults)
    except Exception:  # Tracing runs the code of any model, which may raise anything.
        return None
