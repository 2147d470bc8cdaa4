"""The order in which a model calls its modules, from a symbolic trace."""

import inspect
import operator
import warnings
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.fx import Graph, Node, Tracer
from torch_geometric import nn as pyg
from torch_geometric.nn import MessagePassing

# Functions that use the weight and the bias of a layer as the layer itself does.
_FUNCTIONS: dict[type[nn.Module], tuple[Any, ...]] = {
    nn.Linear: (F.linear,),
    nn.Conv1d: (F.conv1d,),
    nn.Conv2d: (F.conv2d,),
    nn.Conv3d: (F.conv3d,),
    nn.Embedding: (F.embedding,),
}
_LAYERS: tuple[type[nn.Module], ...] = (
    *_FUNCTIONS,
    nn.modules.conv._ConvNd,
    nn.RNNBase,
    nn.RNNCellBase,
)
# What tensors tell without their entries. Sizes are none of them: a result may be divided by one.
_TYPES = {"dtype", "device", "layout", "is_cuda", "requires_grad", "is_floating_point"}
_LIKE = {"to", "type_as"}
_TRANSPOSED = {torch.t, "t", "T", "mT"}
_PRODUCTS = {operator.matmul, torch.matmul, torch.mm, "matmul", "mm"}
_PRODUCTS_OF_SUMS = {torch.addmm, "addmm"}
_SUMS = {operator.add, operator.iadd, torch.add, "add", "add_"}


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
    layer writes them. What a subclass does in its own ``forward`` is the layer's use.

    Args:
        model (torch.nn.Module): The model.
        graph (torch.fx.Graph, optional): Its calls.
    """
    modules, found = dict(model.named_modules(remove_duplicate=False)), []
    for node in graph.nodes if graph is not None else ():
        path, _, name = str(node.target).rpartition(".")
        if node.op != "get_attr" or not isinstance(module := modules.get(path), _LAYERS):
            continue
        users = [user for user in node.users if path not in _inside(user)]
        if not all(_as_layer(module, name, node, user) for user in users):
            found.append(str(node.target))
    return found


def _inside(node: Node) -> set[str]:
    """The modules in whose forward passes an operation is; calls after the first have numbers."""
    return {key.partition("@")[0] for key in node.meta.get("nn_module_stack", {})}


def _as_layer(module: nn.Module, name: str, node: Node, user: Node) -> bool:
    """Whether an operation uses a parameter as its layer does, or does not read its entries."""
    called, place = _called(user), {"weight": 1, "bias": 2}.get(name)
    if called in _TYPES or (user.op == "call_method" and str(called).startswith("new_")):
        return True
    if user.op == "call_method" and called in _LIKE:
        return user.args[0] is not node
    if called in _FUNCTIONS.get(type(module), ()):
        given = user.args[place] if place and len(user.args) > place else user.kwargs.get(name)
        return given is node
    if not isinstance(module, nn.Linear):
        return False
    if name == "bias":
        return called in _SUMS or (called in _PRODUCTS_OF_SUMS and user.args[0] is node)
    return called in _TRANSPOSED and all(_multiplies(user, other) for other in user.users)


def _called(user: Node) -> Any:
    """A function, or the name of a method or an attribute."""
    return user.args[1] if user.target is getattr else user.target


def _multiplies(matrix: Node, user: Node) -> bool:
    """Whether rows are multiplied with a matrix from the right."""
    if _called(user) in _PRODUCTS:
        return user.args[1:] == (matrix,)
    return _called(user) in _PRODUCTS_OF_SUMS and user.args[2:] == (matrix,)
