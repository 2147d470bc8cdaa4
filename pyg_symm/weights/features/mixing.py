"""Operations that run over the units of a class, so that copies of a unit change their result."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.fx import Graph, Node
from torch_geometric import nn as pyg

from ..spec import PermutationSpec
from .blocks import Role

MODULES = (
    *(nn.Softmax, nn.Softmax2d, nn.LogSoftmax, nn.Softmin, nn.CosineSimilarity),
    *(nn.LayerNorm, nn.RMSNorm, nn.GroupNorm, nn.LocalResponseNorm),
    *(pyg.LayerNorm, pyg.PairNorm, pyg.MessageNorm),
)
#: Functions, and methods by name, with the position of the argument ``dim`` if they have one.
FUNCTIONS: dict[Any, int | None] = {
    **dict.fromkeys((torch.softmax, F.softmax, torch.log_softmax, F.log_softmax, F.softmin), 1),
    **dict.fromkeys(("softmax", "log_softmax"), 1),
    **dict.fromkeys((F.normalize, F.cosine_similarity), 2),
    **dict.fromkeys(("norm", torch.norm, torch.linalg.norm, torch.linalg.vector_norm), 2),
    **dict.fromkeys((F.layer_norm, F.rms_norm, F.group_norm, F.local_response_norm), None),
}
UNITS = (1, -1, None)  # Dimensions on which units lie; others are nodes or pixels.


def mixed_classes(
    model: nn.Module,
    graph: Graph | None,
    spec: PermutationSpec,
    roles: Mapping[str, tuple[Role, ...]],
) -> Iterator[tuple[str, tuple[str, str]]]:
    r"""Classes that a softmax, a norm over units or the like reads, as far as a trace shows.

    Args:
        model (torch.nn.Module): The model.
        graph (torch.fx.Graph, optional): Its calls.
        spec (PermutationSpec): Its classes.
        roles (dict): The role of each axis of each tensor.

    Returns:
        iterator: Each class, with a tensor that writes its units and the reason.
    """
    modules = dict(model.named_modules())
    for node in graph.nodes if graph is not None else ():
        name = _mixer(node, modules)
        if name is None or not node.args or not isinstance(node.args[0], Node):
            continue
        for writer in _writers(node.args[0], modules, set()):
            prefix = f"{writer}."
            for cls in spec.classes:
                places = spec.occurrences(cls)
                mine = [
                    place.tensor
                    for place in places
                    if place.tensor.startswith(prefix) and roles[place.tensor][place.dim] == "in"
                ]
                # Classes inside of a layer do not leave it.
                if mine and any(not place.tensor.startswith(prefix) for place in places):
                    yield cls, (mine[0], f"{name} runs over its units, so that copies count")


def _mixer(node: Node, modules: Mapping[str, nn.Module]) -> str | None:
    if node.op == "call_module":
        module = modules[str(node.target)]
        runs = isinstance(module, MODULES) and getattr(module, "dim", None) in UNITS
        return f"{type(module).__name__} '{node.target}'" if runs else None
    if node.op not in ("call_function", "call_method") or node.target not in FUNCTIONS:
        return None
    name = node.target if isinstance(node.target, str) else node.target.__name__
    place = FUNCTIONS[node.target]
    given = node.args[place] if place is not None and len(node.args) > place else None
    dim = node.kwargs.get("dim", given)
    dims = dim if isinstance(dim, list | tuple) else (dim,)
    return name if any(d in UNITS for d in dims) else None


def _writers(node: Node, modules: Mapping[str, nn.Module], seen: set[Node]) -> Iterator[str]:
    """The modules with parameters that the value of a node comes from."""
    if node in seen:
        return
    seen.add(node)
    if node.op == "call_module" and any(True for _ in modules[str(node.target)].parameters()):
        yield str(node.target)
        return
    for before in node.all_input_nodes:
        yield from _writers(before, modules, seen)
