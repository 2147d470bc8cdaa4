r"""Tensors of weights as arrays with one axis for each class.

An axis of a tensor may be a concatenation of products of classes, such as the gates of an LSTM or
a flattened image. Cut at the concatenations and reshaped to the factors of the products, a tensor
becomes one or more :class:`Block`, on which every class has axes of its own.
"""

import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..axes import Axis, axis_size

#: Writes the unit (``"in"``), reads it (``"out"``), or does not allow to merge it (``"keep"``).
Role = str


@dataclass
class Block:
    r"""An array with one axis for each atom.

    Args:
        data (torch.Tensor): The numbers, in double precision.
        names (tuple): The class of each axis, or :obj:`None`.
        roles (tuple): What the tensor is to the units of each axis.
    """

    data: Tensor
    names: tuple[str | None, ...]
    roles: tuple[Role, ...]

    def axes_of(self, name: str) -> list[int]:
        r"""The axes of a class."""
        return [i for i, other in enumerate(self.names) if other == name]

    def rows(self, axis: int) -> Tensor:
        r"""One row for each unit of an axis: :math:`(n, \mathrm{rest})`."""
        return self.data.movedim(axis, 0).flatten(1) if self.data.dim() > 1 else self.data[:, None]


def split_tensor(
    tensor: Tensor, axes: Sequence[Axis], roles: Sequence[Role], classes: Collection[str]
) -> Iterator[Block]:
    r"""The blocks of a tensor in which one of some classes occurs.

    Args:
        tensor (torch.Tensor): The tensor, with one dimension for each axis.
        axes (sequence): What the axes are made of.
        roles (sequence): The role of each axis.
        classes (collection): The classes. Others count as frozen.
    """
    sizes = [[math.prod(atom.size for atom in part) for part in axis] for axis in axes]
    starts = [list(itertools.accumulate(s, initial=0)) for s in sizes]
    for parts in itertools.product(*(range(len(axis)) for axis in axes)):
        chosen = [axis[part] for axis, part in zip(axes, parts, strict=True)]
        names = tuple(a.name if a.name in classes else None for part in chosen for a in part)
        if not any(names):
            continue
        data = tensor
        for dim, part in enumerate(parts):
            data = data.narrow(dim, starts[dim][part], sizes[dim][part])
        data = data.reshape([atom.size for part in chosen for atom in part])
        each = tuple(role for part, role in zip(chosen, roles, strict=True) for _ in part)
        yield Block(data.to(torch.float64, copy=True), names, each)


def rows_of(blocks: Iterable[Block], name: str, role: Role) -> Tensor:
    r"""All that writes the units of a class, or all that reads them, a row for each unit."""
    rows = [b.rows(axis) for b in blocks for axis in b.axes_of(name) if b.roles[axis] == role]
    return torch.cat(rows, dim=1) if rows else torch.empty(0)


def axis_labels(axis: Axis, labels: dict[str, Tensor], widths: dict[str, int]) -> Tensor | None:
    r"""The new place of each old place of an axis, or :obj:`None` where nothing is merged.

    Args:
        axis (Axis): The axis.
        labels (dict): The new unit of each old one, -1 for those that are removed.
        widths (dict): The new size of each of these classes.

    Examples:
        >>> from pyg_symm.weights import Atom
        >>> axis = ((Atom("c", 2), Atom(None, 2)), (Atom("c", 2),))
        >>> axis_labels(axis, {"c": torch.tensor([0, 0])}, {"c": 1})
        tensor([0, 1, 0, 1, 2, 2])
    """
    if not any(atom.name in labels for part in axis for atom in part):
        return None
    parts, start = [], 0
    for part in axis:
        index, size = torch.zeros(1, dtype=torch.long), 1
        for atom in part:
            own = torch.arange(atom.size) if atom.name is None else labels.get(atom.name)
            own = torch.arange(atom.size) if own is None else own
            width = widths.get(atom.name, atom.size) if atom.name is not None else atom.size
            moved = index[:, None] * width + own
            index = torch.where((index[:, None] < 0) | (own < 0), -1, moved).view(-1)
            size *= width
        parts.append(torch.where(index < 0, -1, index + start))
        start += size
    return torch.cat(parts)


def merge_axis(tensor: Tensor, dim: int, labels: Tensor, mean: bool) -> Tensor:
    r"""Sums or means of slices with the same label.

    Args:
        tensor (torch.Tensor): The tensor.
        dim (int): The dimension.
        labels (torch.Tensor): The new index of each old one, -1 to leave it out.
        mean (bool): Whether to return means.
    """
    if bool((labels < 0).any()):
        tensor = tensor.index_select(dim, (labels >= 0).nonzero().view(-1))
        labels = labels[labels >= 0]
    counts = labels.bincount()
    shape = list(tensor.shape)
    shape[dim] = len(counts)
    out = tensor.new_zeros(shape).index_add_(dim, labels, tensor)
    if mean:
        view = [1] * tensor.dim()
        view[dim] = -1
        out = out / counts.view(view)
    return out


def new_shape(shape: Sequence[int], axes: Sequence[Axis], sizes: Sequence[int]) -> list[int]:
    r"""The shape of a tensor whose axes have new sizes.

    An axis that spans several dimensions changes the last of them.
    """
    left, out = list(shape), []
    for axis, size in zip(axes, sizes, strict=True):
        span = [left.pop(0)]
        while math.prod(span) < axis_size(axis):
            span.append(left.pop(0))
        rest = math.prod(span[:-1])
        out += [*span[:-1], size // rest]
    return out + left
