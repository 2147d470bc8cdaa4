"""Pruning by magnitude, which merging of features is compared with."""

from collections.abc import Mapping

import torch
from torch.nn import Module

from ..spec import PermutationSpec
from .folding import find_folds, folded_blocks
from .groups import merge_state
from .layout import Layout
from .rebuild import resized


def prune_features(model: Module, spec: PermutationSpec, widths: Mapping[str, int]) -> Module:
    r"""A smaller network in which the units of the least magnitude are left out.

    The magnitude of a unit is the length of the weights that write it times the length of those
    that read it, with batch norms folded into the layer before. Of a class with attention heads,
    every head keeps equally many channels.

    Args:
        model (torch.nn.Module): The network, which stays as it is.
        spec (PermutationSpec): Its classes.
        widths (dict): How many units to keep of each class. Others keep all.

    Raises:
        ValueError: If a class is unknown or cannot be made smaller, or a width is out of range.

    Examples:
        >>> from torch.nn import Linear, ReLU, Sequential
        >>> from pyg_symm.weights import mlp_spec
        >>> model = Sequential(Linear(3, 8), ReLU(), Linear(8, 2))
        >>> prune_features(model, mlp_spec([3, 8, 2]), {"h0": 5})[0]
        Linear(in_features=3, out_features=5, bias=True)
    """
    layout = Layout(model, spec)
    layout.check()
    blocks = [b for b in folded_blocks(layout, find_folds(layout)) if b.data.dim() > 1]
    groups = {name: [[i] for i in range(size)] for name, size in spec.classes.items()}
    for name, width in widths.items():
        if name not in layout.free:
            raise ValueError(f"'widths' names '{name}', of which no unit can be left out")
        size = layout.free[name]
        parts = size // layout.parts.get(name, size)
        if not 1 <= width <= size or width % parts:
            raise ValueError(
                f"'widths' must be multiples of {parts} up to {size} for '{name}' (got {width})"
            )
        magnitude = torch.ones(size, dtype=torch.float64)
        for role in ("in", "out"):
            rows = [
                b.rows(axis) for b in blocks for axis in b.axes_of(name) if b.roles[axis] == role
            ]
            if rows:
                magnitude *= torch.cat(rows, dim=1).norm(dim=1)
        kept = magnitude.view(parts, -1).topk(width // parts, dim=1).indices
        kept = kept + torch.arange(parts)[:, None] * (size // parts)
        groups[name] = [[i] for i in sorted(kept.view(-1).tolist())]
    return resized(model, merge_state(layout, groups))
