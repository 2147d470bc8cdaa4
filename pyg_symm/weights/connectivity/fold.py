"""Layers that are affine in their weights, so that a scale and a shift can be folded into them."""

from collections import Counter

import torch
from torch import Tensor
from torch_geometric import nn as gnn

_CONVS = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)
_TRANSPOSED = (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d)
_LINEAR = (torch.nn.Linear, gnn.Linear)
# Layers of PyG whose output is a sum of linear maps. Their biases stand at the places named here.
_GRAPH: dict[type[torch.nn.Module], tuple[tuple[str, ...], str]] = {
    gnn.GCNConv: (("lin",), "bias"),
    gnn.SGConv: (("lin",), "lin.bias"),
    gnn.GraphConv: (("lin_rel", "lin_root"), "lin_rel.bias"),
    gnn.SAGEConv: (("lin_l", "lin_r"), "lin_l.bias"),
    gnn.TAGConv: (("lins",), "bias"),
    gnn.ChebConv: (("lins",), "bias"),
}


def output_dim(layer: torch.nn.Module) -> int | None:
    """The dimension of a layer's outputs that holds its units; none of other layers."""
    if isinstance(layer, _LINEAR) or type(layer) in _GRAPH:
        return -1
    if isinstance(layer, _CONVS + _TRANSPOSED):
        return -1 - len(layer.kernel_size)
    return None


def foldable(model: torch.nn.Module) -> dict[str, int]:
    r"""Layers that :func:`fold` can change, and the dimension of their outputs with the units.

    Linear maps inside of a layer of PyG are left out, as they are parts of it, except those of
    networks that it was given, such as in :class:`~torch_geometric.nn.GINConv`. Layers whose
    weights belong to another layer too are left out as well.
    """
    owners = Counter(id(p) for m in model.modules() for p in m.parameters(recurse=False))
    found: dict[str, int] = {}

    def visit(module: torch.nn.Module, prefix: str) -> None:
        dim = output_dim(module)
        if dim is not None:
            tied = any(owners[id(p)] > 1 for p in module.parameters())
            if not tied and not _normalises_rows(module):
                found[prefix] = dim
            return
        whole = isinstance(module, gnn.MessagePassing) or _is_opaque(module)
        for name, child in module.named_children():
            if name == "nn" or not (whole and isinstance(child, _LINEAR)):
                visit(child, f"{prefix}.{name}" if prefix else name)

    visit(model, "")
    return found


def fold(layer: torch.nn.Module, scale: Tensor, shift: Tensor) -> None:
    r"""Changes a layer in place so that its outputs become :math:`s \odot y + t`.

    Args:
        layer (torch.nn.Module): A layer of :func:`foldable`. It gets a bias if it has none.
        scale (torch.Tensor): The scale :math:`s` of each unit :math:`(C)`.
        shift (torch.Tensor): The shift :math:`t` of each unit :math:`(C)`.
    """
    parts, bias = _GRAPH.get(type(layer), (("",), "bias"))
    for part in parts:
        found = getattr(layer, part, None) if part else layer
        for linear in found if isinstance(found, torch.nn.ModuleList) else [found]:
            if linear is not None:  # SAGEConv may have no map of the node itself.
                _scale_rows(linear, scale)
    path, _, name = bias.rpartition(".")
    owner = layer.get_submodule(path)
    old = getattr(owner, name)
    with torch.no_grad():
        if old is None:
            weight = next(layer.parameters())
            setattr(owner, name, torch.nn.Parameter(shift.to(weight)))
        else:
            old.copy_(scale.to(old.device) * old.double() + shift.to(old.device))


def _scale_rows(layer: torch.nn.Module, scale: Tensor) -> None:
    weight: Tensor = layer.weight  # type: ignore[assignment]
    shape = [1] * weight.dim()
    if isinstance(layer, _TRANSPOSED):  # [in, out / groups, ...], inputs in groups.
        groups = int(layer.groups)
        rows = scale.view(groups, 1, -1).expand(-1, weight.size(0) // groups, -1).flatten(0, 1)
        factors = rows.view(*rows.shape, *shape[2:])
    else:
        factors = scale.view(-1, *shape[1:])
    with torch.no_grad():
        weight.copy_(weight.double() * factors.to(weight.device))


def _is_opaque(module: torch.nn.Module) -> bool:
    """Whether a layer uses weights of its children without calling them."""
    return isinstance(module, torch.nn.MultiheadAttention | torch.nn.RNNBase)


def _normalises_rows(layer: torch.nn.Module) -> bool:
    """Whether outputs of a layer have unit length, which no scale changes."""
    return bool(getattr(layer, "normalize", False)) and isinstance(layer, gnn.SAGEConv)
