"""Texts and patterns as small numbers."""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

WILD = -2  # The number of wildcards.
_TABLE = 1 << 12  # Letters that are at least looked up in a table.
_OTHER = -1  # That of letters of the text which the pattern does not have.


class Letters(NamedTuple):
    r"""Rows of texts and patterns, whose letters are numbered.

    Attributes:
        text: Numbers :math:`(B, n)`: of the letters of all patterns, from zero; ``-1`` for other
            letters and ``-2`` for wildcards.
        pattern: The same :math:`(B, m)`.
        num_letters: How many letters the patterns have :math:`S`.
        shape: The leading dimensions of texts and patterns, broadcast.
    """

    text: Tensor
    pattern: Tensor
    num_letters: int
    shape: tuple[int, ...]

    @property
    def num_shifts(self) -> int:
        """Places of a pattern in its text, :math:`n - m + 1`."""
        return self.text.size(1) - self.pattern.size(1) + 1

    def frequencies(self, which: Tensor) -> Tensor:
        """How often each letter occurs in each row of ``text`` or ``pattern`` :math:`(B, S)`."""
        out = which.new_zeros(which.size(0), self.num_letters + 2)
        out.scatter_add_(1, which + 2, torch.ones_like(which))
        return out[:, 2:]


def as_tensor(value: Any, name: str) -> Tensor:
    r"""Letters as a tensor.

    Raises:
        ValueError: If they are not whole numbers, or there is no dimension.
    """
    try:
        if isinstance(value, np.ndarray):
            # Tensors need writable memory in the byte order of this machine.
            value = np.require(value, value.dtype.newbyteorder("="), ["C", "W"])
        value = torch.as_tensor(value)
    except (TypeError, ValueError) as error:
        given = value.dtype if isinstance(value, np.ndarray) else type(value).__name__
        raise ValueError(f"'{name}' must hold integers (got {given})") from error
    if value.is_floating_point() or value.is_complex():
        raise ValueError(f"'{name}' must hold integers (got {value.dtype})")
    if value.dim() == 0:
        raise ValueError(f"'{name}' must have at least one dimension (got a number)")
    return value


def check_bound(k: int | None) -> None:
    r"""Checks a largest distance.

    Raises:
        ValueError: If it is negative, or not an integer.
    """
    if k is not None and not isinstance(k, Integral):
        raise ValueError(f"'k' must be an integer (got {k!r})")
    if k is not None and k < 0:
        raise ValueError(f"'k' must not be negative (got {k})")


def check_wildcard(wildcard: int | None) -> None:
    r"""Checks a letter that equals every other.

    Raises:
        ValueError: If it is not an integer.
    """
    if wildcard is not None and not isinstance(wildcard, Integral):
        raise ValueError(f"'wildcard' must be an integer (got {wildcard!r})")


def check_lengths(text: Tensor, pattern: Tensor) -> torch.Size:
    r"""Checks that a pattern fits into its text.

    Returns:
        torch.Size: The leading dimensions of both, broadcast.

    Raises:
        ValueError: If it is empty or longer, if leading dimensions do not broadcast, or if they are
            on two devices.
    """
    if pattern.size(-1) == 0:
        raise ValueError(f"'pattern' must not be empty (got shape {list(pattern.shape)})")
    if pattern.size(-1) > text.size(-1):
        raise ValueError(
            f"'pattern' must not be longer than 'text', {text.size(-1)} (got {pattern.size(-1)})"
        )
    if pattern.device != text.device:
        raise ValueError(
            f"'pattern' must be on the device of 'text', {text.device} (got {pattern.device})"
        )
    return broadcast(text=text.shape[:-1], pattern=pattern.shape[:-1])


def broadcast(**shapes: torch.Size) -> torch.Size:
    r"""The leading dimensions of two arguments, broadcast.

    Raises:
        ValueError: If they do not.
    """
    try:
        return torch.broadcast_shapes(*shapes.values())
    except RuntimeError as error:
        (first, one), (second, other) = shapes.items()
        raise ValueError(
            f"leading dimensions of '{second}' must broadcast with those of '{first}', {list(one)} "
            f"(got {list(other)})"
        ) from error


def number_letters(text: Tensor, pattern: Tensor, wildcard: int | None = None) -> Letters:
    r"""Numbers the letters of patterns, and those of texts alike.

    Args:
        text (torch.Tensor): Integers :math:`(*, n)`.
        pattern (torch.Tensor): Integers :math:`(*, m)`; leading dimensions broadcast.
        wildcard (int, optional): A letter that equals every other. (default: :obj:`None`)
    """
    check_wildcard(wildcard)
    shape = check_lengths(text, pattern)
    text, pattern = text.long(), pattern.long()
    known, pattern_number = pattern.unique(return_inverse=True)
    pattern_number = pattern_number.view(pattern.shape)
    place = _places(known, text)
    found = known[place] == text if known.numel() > 0 else torch.zeros_like(text, dtype=torch.bool)
    text_number = torch.where(found, place, _OTHER)
    if wildcard is not None:
        text_number = torch.where(text == wildcard, WILD, text_number)
        pattern_number = torch.where(pattern == wildcard, WILD, pattern_number)
    text_rows, pattern_rows = as_rows(text_number, shape), as_rows(pattern_number, shape)
    return Letters(text_rows, pattern_rows, known.numel(), tuple(shape))


def _places(known: Tensor, text: Tensor) -> Tensor:
    """Where letters are among those of patterns, if they are any of them."""
    if known.numel() == 0:
        return torch.zeros_like(text)
    low, high = known[0].item(), known[-1].item()
    if high - low >= max(_TABLE, text.numel()):
        return torch.searchsorted(known, text.contiguous()).clamp(max=known.numel() - 1)
    # Letters close to each other are looked up: several times as fast as a search.
    table = torch.zeros(int(high - low) + 1, dtype=torch.long, device=text.device)
    table[known - low] = torch.arange(known.numel(), device=text.device)
    return table[text.clamp(low, high) - low]


def as_rows(value: Tensor, shape: torch.Size) -> Tensor:
    r"""Leading dimensions broadcast to a shape, and flattened: :math:`(B, n)` of :math:`(*, n)`."""
    return value.expand(*shape, value.size(-1)).reshape(-1, value.size(-1))
