"""Matches by the pairs of equal letters."""

from itertools import pairwise

import torch
from torch import Tensor

from pyg_symm.utils import gather_segments, index_to_ptr

from .letters import Letters

CHUNK = 1 << 22  # Pairs in memory at once.


def count_pairs(letters: Letters, light: Tensor) -> Tensor:
    r"""How many of some letters match at each place.

    Each letter of the text meets all equal letters of its pattern, each of which belongs to one
    place.

    Args:
        letters (Letters): Numbered letters.
        light (torch.Tensor): Which letters count :math:`(S)`.

    Returns:
        torch.Tensor: Matches :math:`(B, n - m + 1)`.
    """
    num, shifts, many = len(letters.text), letters.num_shifts, letters.num_letters
    counts = torch.zeros(num, shifts, dtype=torch.long, device=light.device)
    # Positions in the patterns, sorted by row and letter.
    row, place = (letters.pattern >= 0).nonzero(as_tuple=True)
    key = row * many + letters.pattern[row, place]
    order = key.argsort(stable=True)
    place, ptr = place[order], index_to_ptr(key, num * many)
    # Positions in the texts of the letters that count.
    known = letters.text >= 0
    row, at = (known & light[letters.text.clamp(min=0)]).nonzero(as_tuple=True)
    key = row * many + letters.text[row, at]
    total = ptr.diff()[key].cumsum(0)
    for part in _parts(total):
        owner, position = gather_segments(ptr, key[part])
        add_matches(counts, row[part][owner], at[part][owner] - place[position])
    return counts


def add_matches(counts: Tensor, row: Tensor, shift: Tensor) -> None:
    r"""Counts one match at each place :math:`(P)` of some rows, in ``counts`` :math:`(B, S)`.

    Places outside of the rows do not count.
    """
    shifts = counts.size(1)
    inside = (shift >= 0) & (shift < shifts)
    flat = (row * shifts + shift)[inside]
    counts += torch.bincount(flat, minlength=counts.numel()).view_as(counts)


def _parts(total: Tensor) -> list[slice]:
    """Slices of positions with about as many pairs each."""
    if total.numel() == 0 or total[-1] == 0:
        return []
    steps = torch.arange(CHUNK, int(total[-1]) + CHUNK, CHUNK, device=total.device)
    bounds = [0, *(torch.searchsorted(total, steps, right=True).tolist())]
    bounds[-1] = total.numel()
    # The bound of a letter with more pairs than a chunk is that of the letter before: nothing.
    return [slice(a, b) for a, b in pairwise(bounds) if b > a]
