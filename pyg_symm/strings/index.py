"""Many patterns in one text."""

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pyg_symm.utils import gather_segments, index_to_ptr

from .letters import as_tensor, check_bound, check_lengths
from .pairs import CHUNK, add_matches
from .plan import padded_work, transform_costs_less
from .spectral import LONGEST, Blocks, correlate, letter_channel, whole_numbers

_CACHED = 64  # Transforms of letters that are kept.


class HammingIndex:
    r"""Finds many patterns in one text.

    Positions of all letters are sorted once. Transforms of the text's frequent letters are kept,
    and used again by patterns of the same length.

    Args:
        text (torch.Tensor or numpy.ndarray): Integers :math:`(n)`.

    Raises:
        ValueError: If the text is not a vector of integers.

    Examples:
        >>> index = HammingIndex(torch.tensor([0, 1, 2, 0, 1, 1]))
        >>> index.distances(torch.tensor([[0, 1, 2], [1, 1, 1]]))
        tensor([[0, 3, 3, 1],
                [2, 2, 2, 1]])
    """

    def __init__(self, text: Any) -> None:
        self._numpy = isinstance(text, np.ndarray)
        self.text = as_tensor(text, "text")
        if self.text.dim() != 1:
            raise ValueError(f"'text' must be a vector (got shape {list(self.text.shape)})")
        self.letters, self._number = self.text.long().unique(return_inverse=True)
        self._ptr = index_to_ptr(self._number, self.letters.numel())
        self._place = self._number.argsort(stable=True)
        # Of the last length of patterns.
        self._blocks: Blocks | None = None
        self._length = 0
        self._spectra: dict[int, Tensor] = {}

    def distances(self, pattern: Any, *, k: int | None = None) -> Any:
        r"""The Hamming distances of patterns from all places of the text.

        Args:
            pattern (torch.Tensor or numpy.ndarray): Integers :math:`(*, m)`.
            k (int, optional): Larger distances are returned as ``k + 1``. (default: :obj:`None`)

        Returns:
            torch.Tensor or numpy.ndarray: Distances :math:`(*, n - m + 1)` of type int64; an array
            if text and patterns are.

        Raises:
            ValueError: If patterns are no integers, empty or longer than the text, or ``k`` is
                negative.
        """
        numpy = self._numpy and isinstance(pattern, np.ndarray)
        pattern = as_tensor(pattern, "pattern")
        check_lengths(self.text, pattern)
        check_bound(k)
        rows = pattern.reshape(-1, pattern.size(-1)).long()
        m = rows.size(1)
        place = torch.searchsorted(self.letters, rows).clamp(max=self.letters.numel() - 1)
        known = self.letters[place] == rows
        count = torch.zeros(self.letters.numel(), dtype=torch.double, device=rows.device)
        count.index_add_(0, place[known], torch.ones_like(place[known], dtype=torch.double))
        pairs = self._ptr.diff() * count
        padded = len(rows) * padded_work(self.text.numel(), m)
        heavy = transform_costs_less(padded, pairs)
        found = self._pairs(rows, place, known & ~heavy[place])
        if bool(heavy.any()):
            numbers = torch.where(known, place, -1)
            found = found + self._correlated(numbers, heavy.nonzero().view(-1).tolist())
        found = (m - found).view(*pattern.shape[:-1], self.text.numel() - m + 1)
        found = found if k is None else found.clamp(max=k + 1)
        return found.numpy() if numpy else found

    def _pairs(self, rows: Tensor, number: Tensor, counted: Tensor) -> Tensor:
        """Matches of some letters: each meets all equal letters of the text."""
        shifts = self.text.numel() - rows.size(1) + 1
        counts = torch.zeros(len(rows), shifts, dtype=torch.long, device=rows.device)
        row, at = counted.nonzero(as_tuple=True)
        if row.numel() == 0:
            return counts
        letter = number[row, at]
        mean = int(self._ptr.diff()[letter].double().mean()) + 1
        for part in torch.arange(row.numel(), device=rows.device).split(max(1, CHUNK // mean)):
            owner, position = gather_segments(self._ptr, letter[part])
            add_matches(counts, row[part][owner], self._place[position] - at[part][owner])
        return counts

    def _correlated(self, numbers: Tensor, heavy: list[int]) -> Tensor:
        """Matches of frequent letters."""
        channels = [letter_channel(letter) for letter in heavy]
        if numbers.size(1) <= LONGEST:
            blocks = self._blocks_of(numbers.size(1))
            of_pattern = blocks.of_pattern(numbers, [channel for _, channel in channels])
            products = (
                self._spectrum(blocks, letter) * spectrum.unsqueeze(1)
                for letter, spectrum in zip(heavy, of_pattern, strict=True)
            )
            total = functools.reduce(Tensor.add_, products)
            if (whole := whole_numbers(blocks.back(total))) is not None:
                return whole
        text = self._number.expand(len(numbers), -1)
        return correlate(text, numbers, channels, torch.float64).round().long()

    def _blocks_of(self, m: int) -> Blocks:
        if self._blocks is None or self._length != m:
            self._blocks, self._length, self._spectra = Blocks(self._number.view(1, -1), m), m, {}
        return self._blocks

    def _spectrum(self, blocks: Blocks, letter: int) -> Tensor:
        if letter in self._spectra:
            return self._spectra[letter]
        (found,) = blocks.of_text([letter_channel(letter)[0]])
        if len(self._spectra) < _CACHED:
            self._spectra[letter] = found
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text.numel()}, letters={self.letters.numel()})"
