"""The order in which a model calls its modules, from a symbolic trace."""

import inspect
import warnings
from typing import Any

import torch.nn.functional as F
from torch import nn
from torch.fx import Graph, Tracer
from torch_geometric import nn as pyg
from torch_geometric.nn import MessagePassing

# Functions that use the weight and the bias of a layer as the layer itself does.
_FUNCTIONS: dict[type, tuple[Any, ...]] = {
    nn.Linear: (F.linear,),
    nn.Conv1d: (F.conv1d,),
    nn.Conv2d: (F.conv2d,),
    nn.Conv3d: (F.conv3d,),
}
_LAYERS = (*_FUNCTIONS, nn.Embedding, nn.modules.conv._ConvNd, nn.RNNBase, nn.RNNCellBase)


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


def used_apart(model: nn.Module, graph: Graph | None) -> list[str]:
    r"""Parameters of layers that are also used by themselves, in another way than their layer does.

    An embedding that is multiplied with the last activations is one: it reads units, while the
    layer writes them.

    Args:
        model (torch.nn.Module): The model.
        graph (torch.fx.Graph, optional): Its calls.
    """
    modules, found = dict(model.named_modules(remove_duplicate=False)), []
    for node in graph.nodes if graph is not None else ():
        path, _, name = str(node.target).rpartition(".")
        if node.op != "get_attr" or not isinstance(module := modules.get(path), _LAYERS):
            continue
        same = _FUNCTIONS.get(type(module), ())
        place = {"weight": 1, "bias": 2}.get(name)
        for user in node.users:
            given = user.args[place] if place and len(user.args) > place else user.kwargs.get(name)
            if user.target not in same or given is not node:
                found.append(str(node.target))
                break
    return found
