r"""What the axes of a tensor of weights are made of: concatenations of products of classes.

An *atom* is a class of units that move together, or a frozen number of units. A *product* of atoms
is row-major: an image of ``c`` channels and 7 x 7 pixels that is flattened has the product
``c * 49``. An *axis* is a concatenation of products: an LSTM of ``h`` units stacks the rows of its
four gates, ``h | h | h | h``.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_NAME = re.compile(r"[^\s|*]+")


@dataclass(frozen=True)
class Atom:
    r"""One factor of an axis.

    Args:
        name (str, optional): The class. :obj:`None` freezes the factor.
        size (int): The number of units.
    """

    name: str | None
    size: int

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"'size' must be at least 1 (got {self.size} for '{self.name}')")
        if self.name is not None and (self.name.isdigit() or not _NAME.fullmatch(self.name)):
            raise ValueError(
                f"'name' must not be a number and must not hold '|', '*' or spaces "
                f"(got '{self.name}')"
            )


Axis = tuple[tuple[Atom, ...], ...]


def plain_axis(name: str | None, size: int) -> Axis:
    r"""The axis of one class, or of frozen units."""
    return ((Atom(name, size),),)


def axis_size(axis: Axis) -> int:
    r"""The length of an axis.

    Examples:
        >>> axis_size(((Atom("c", 8), Atom(None, 49)), (Atom("h", 3),)))
        395
    """
    return sum(math.prod(atom.size for atom in part) for part in axis)


def axis_classes(axis: Axis) -> set[str]:
    r"""The classes of an axis that are not frozen."""
    return {atom.name for part in axis for atom in part if atom.name is not None}


def axis_index(axis: Axis, permutation: Mapping[str, Tensor]) -> Tensor | None:
    r"""The index that gathers along an axis, on the CPU.

    Args:
        axis (Axis): The axis.
        permutation (dict): Permutations in gather form. Classes that are left out stay.

    Returns:
        torch.Tensor or None: :math:`(\mathrm{size})`, or :obj:`None` where nothing moves.

    Examples:
        >>> swap = {"c": torch.tensor([1, 0])}
        >>> axis_index(((Atom("c", 2), Atom(None, 3)), (Atom("c", 2),)), swap)
        tensor([3, 4, 5, 0, 1, 2, 7, 6])
    """
    if axis_classes(axis).isdisjoint(permutation):
        return None
    parts, start = [], 0
    for part in axis:
        index = torch.zeros(1, dtype=torch.long)
        for atom in part:
            moved = None if atom.name is None else permutation.get(atom.name)
            index = index[:, None] * atom.size + (
                torch.arange(atom.size) if moved is None else moved.cpu()
            )
            index = index.view(-1)
        parts.append(index + start)
        start += len(index)
    return torch.cat(parts)


def check_axes(name: str, shape: Sequence[int], axes: Sequence[Axis]) -> None:
    r"""Checks that each axis spans whole dimensions of a tensor.

    Raises:
        ValueError: If they do not. The message names the tensor.
    """
    left = list(shape)
    fits = True
    for axis in axes:
        size, spanned = axis_size(axis), left.pop(0) if left else 0
        while left and spanned < size:
            spanned *= left.pop(0)
        fits = fits and spanned == size
    if left or not fits:
        sizes = [f"{format_axis(axis)} (size {axis_size(axis)})" for axis in axes]
        raise ValueError(f"tensor '{name}' has shape {list(shape)}, its axes are {sizes}")


def format_axis(axis: Axis) -> str:
    r"""An axis as text: ``|`` concatenates, ``*`` multiplies, numbers are frozen.

    Examples:
        >>> format_axis(((Atom("c", 8), Atom(None, 49)), (Atom("h", 3),)))
        'c*49 | h'
    """
    return " | ".join("*".join(a.name or str(a.size) for a in part) for part in axis)


def split_axis(text: str) -> list[list[str]]:
    r"""The names and numbers of an axis as text, for each product of the concatenation.

    Raises:
        ValueError: If a name or number is missing.
    """
    parts = [[word.strip() for word in part.split("*")] for part in text.split("|")]
    if not all(_NAME.fullmatch(word) for part in parts for word in part):
        raise ValueError(
            f"an axis must be like 'a*49 | b', with a name or number everywhere (got '{text}')"
        )
    return parts


def parse_axis(text: str, classes: Mapping[str, int]) -> Axis:
    r"""The axis that :func:`format_axis` wrote.

    Args:
        text (str): The axis, such as ``"c*49 | h"``.
        classes (dict): The size of each class.

    Raises:
        ValueError: If the text has another form or names an unknown class.
    """
    axis = []
    for words in split_axis(text):
        unknown = [word for word in words if not word.isdigit() and word not in classes]
        if unknown:
            raise ValueError(f"axis '{text}' names unknown classes {unknown} (got {list(classes)})")
        axis.append(
            tuple(Atom(None, int(w)) if w.isdigit() else Atom(w, classes[w]) for w in words)
        )
    return tuple(axis)
