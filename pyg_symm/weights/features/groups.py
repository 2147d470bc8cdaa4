r"""State dicts in which groups of units have become one unit each."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .blocks import axis_labels, merge_axis, new_shape
from .layout import Layout

Groups = Mapping[str, Sequence[Sequence[int]]]


def labels_of(groups: Sequence[Sequence[int]], size: int) -> Tensor:
    r"""The group of each unit, -1 for units in none.

    Examples:
        >>> labels_of([[0, 3], [2]], 4)
        tensor([ 0, -1,  1,  0])
    """
    labels = torch.full((size,), -1)
    for i, units in enumerate(groups):
        labels[list(units)] = i
    return labels


def assignment(groups: Sequence[Sequence[int]], size: int) -> tuple[Tensor, Tensor]:
    r"""Groups as matrices: a merged weight is ``mean_out @ weight @ copy_in``.

    Args:
        groups (sequence): The original indices of each group.
        size (int): The number of units.

    Returns:
        tuple: The matrix of means :math:`(m, n)`, whose rows sum to 1, and the matrix that copies
        every merged unit back :math:`(n, m)`. Their product is the identity.

    Examples:
        >>> mean, copy = assignment([[0, 2], [1]], 3)
        >>> mean @ copy
        tensor([[1., 0.],
                [0., 1.]], dtype=torch.float64)
    """
    copy = torch.zeros(size, len(groups), dtype=torch.float64)
    for i, units in enumerate(groups):
        copy[list(units), i] = 1
    return (copy / copy.sum(dim=0)).T, copy


def merge_state(
    layout: Layout, groups: Groups, state: Mapping[str, Tensor] | None = None, paper: bool = False
) -> dict[str, Tensor]:
    r"""Tensors whose merged units write the mean and are read by the sum of their groups.

    .. math::
        \hat{w}_g = \frac{1}{|g|} \sum_{i \in g} w_i, \qquad
        \hat{v}_g = \sum_{i \in g} v_i

    If all units of a group are equal, this keeps the function, whatever the activation.

    Args:
        layout (Layout): What the tensors are.
        groups (dict): The original indices of each new unit, for each class.
        state (dict, optional): Tensors. (default: those of the model)
        paper (bool, optional): Whether to write the sum and read by the mean, which keeps the
            function for activations like ReLU only. (default: :obj:`False`)
    """
    changed = {
        name: labels_of(g, layout.spec.classes[name])
        for name, g in groups.items()
        if len(g) < layout.spec.classes[name]
    }
    widths = {name: len(groups[name]) for name in changed}
    out = {}
    for name, tensor in (layout.state if state is None else state).items():
        axes = layout.spec.axes[name]
        labels = [axis_labels(axis, changed, widths) for axis in axes]
        if all(label is None for label in labels):
            out[name] = tensor
            continue
        new = layout.spec.view(name, tensor).double()
        for dim, (label, role) in enumerate(zip(labels, layout.roles[name], strict=True)):
            if label is not None:
                new = merge_axis(new, dim, label.to(new.device), (role == "in") != paper)
        shape = new_shape(tensor.shape, axes, new.shape)
        out[name] = new.reshape(shape).to(tensor.dtype)
    return out
