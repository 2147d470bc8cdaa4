"""Many patterns in one text."""

from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import gather_segments, index_to_ptr

from .letters import as_tensor, check_bound, check_sizes
from .plan import transform_costs_less
from .spectral import LONGEST, Blocks, block_length, letter_channel, whole_numbers

_CACHED = 64  # Transforms of letters that are kept.
_CHUNK = 1 << 22  # Pairs in memory at once.


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
        self.text = as_tensor(text, "text")
        if self.text.dim() != 1:
            raise ValueError(f"'text' must be a vector (got shape {list(self.text.shape)})")
        self.letters, self._number = self.text.long().unique(return_inverse=True)
        self._ptr = index_to_ptr(self._number, self.letters.numel())
        self._place = self._number.argsort(stable=True)
        self._blocks: dict[int, Blocks] = {}
        self._spectra: dict[int, Tensor] = {}

    def distances(self, pattern: Any, *, k: int | None = None) -> Tensor:
        r"""The Hamming distances of patterns from all places of the text.

        Args:
            pattern (torch.Tensor or numpy.ndarray): Integers :math:`(*, m)`.
            k (int, optional): Larger distances are returned as ``k + 1``. (default: :obj:`None`)

        Returns:
            torch.Tensor: Distances :math:`(*, n - m + 1)` of type int64.

        Raises:
            ValueError: If patterns are no integers, empty or longer than the text, or ``k`` is
                negative.
        """
        pattern = as_tensor(pattern, "pattern")
        check_sizes(self.text, pattern)
        check_bound(k)
        rows = pattern.reshape(-1, pattern.size(-1)).long()
        m = rows.size(1)
        # Letters that the text does not have are numbered by one more, which nothing matches.
        place = torch.searchsorted(self.letters, rows).clamp(max=self.letters.numel() - 1)
        known = self.letters[place] == rows
        count = torch.zeros(self.letters.numel(), dtype=torch.double, device=rows.device)
        count.index_add_(0, place[known], torch.ones_like(place[known], dtype=torch.double))
        pairs = self._ptr.diff() * count
        one = len(rows) * self.text.numel() * (block_length(m).bit_length() - 1)
        heavy = transform_costs_less(one, pairs)
        found = self._pairs(rows, place, known & ~heavy[place])
        if bool(heavy.any()):
            numbers = torch.where(known, place, -1)
            found = found + self._correlated(numbers, heavy.nonzero().view(-1).tolist())
        found = (m - found).view(*pattern.shape[:-1], self.text.numel() - m + 1)
        return found if k is None else found.clamp(max=k + 1)

    def _pairs(self, rows: Tensor, number: Tensor, counted: Tensor) -> Tensor:
        """Matches of some letters: each meets all equal letters of the text."""
        shifts = self.text.numel() - rows.size(1) + 1
        counts = torch.zeros(len(rows) * shifts, dtype=torch.long, device=rows.device)
        row, at = counted.nonzero(as_tuple=True)
        if row.numel() == 0:
            return counts.view(len(rows), shifts)
        letter = number[row, at]
        mean = int(self._ptr.diff()[letter].double().mean()) + 1
        for part in torch.arange(row.numel(), device=rows.device).split(max(1, _CHUNK // mean)):
            owner, position = gather_segments(self._ptr, letter[part])
            shift = self._place[position] - at[part][owner]
            inside = (shift >= 0) & (shift < shifts)
            flat = (row[part][owner] * shifts + shift)[inside]
            counts += torch.bincount(flat, minlength=counts.numel())
        return counts.view(len(rows), shifts)

    def _correlated(self, numbers: Tensor, heavy: list[int]) -> Tensor:
        """Matches of frequent letters."""
        m = numbers.size(1)
        for dtype in (torch.float32, torch.float64) if m <= LONGEST else (torch.float64,):
            blocks = self._blocks_of(m, dtype)
            total: Tensor | None = None
            for letter in heavy:
                _, channel = letter_channel(letter)
                pattern = blocks.of_pattern(numbers, channel).unsqueeze(1)
                product = self._spectrum(blocks, letter) * pattern
                total = product if total is None else total.add_(product)
            assert total is not None
            if (whole := whole_numbers(blocks.back(total))) is not None:
                break
        assert whole is not None
        return whole

    def _blocks_of(self, m: int, dtype: torch.dtype) -> Blocks:
        if dtype == torch.float64:
            return Blocks(self._number.unsqueeze(0), m, dtype)
        if m not in self._blocks:
            self._blocks = {m: Blocks(self._number.unsqueeze(0), m, dtype)}
            self._spectra = {}
        return self._blocks[m]

    def _spectrum(self, blocks: Blocks, letter: int) -> Tensor:
        channel, _ = letter_channel(letter)
        if blocks.dtype == torch.float64:
            return blocks.spectrum(channel)
        if letter in self._spectra:
            return self._spectra[letter]
        found = blocks.spectrum(channel)
        if len(self._spectra) < _CACHED:
            self._spectra[letter] = found
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text.numel()}, letters={self.letters.numel()})"
