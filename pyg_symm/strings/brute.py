"""Distances by comparing all letters."""

import torch
from torch import Tensor

from .letters import WILD, Letters

BLOCK = 1 << 16  # Places that are compared at once, so that they stay in the cache.
_MOST = 255  # Comparisons that a byte counts.


def brute_distances(letters: Letters) -> Tensor:
    r"""Distances :math:`(B, n - m + 1)` in :math:`O(n m)` comparisons.

    Letters are compared as small integers, and counted as bytes.
    """
    small = torch.int16 if letters.num_letters < 2**15 - 2 else torch.int32
    text, pattern = letters.text.to(small), letters.pattern.to(small)
    wild = bool((letters.text == WILD).any() or (letters.pattern == WILD).any())
    out = torch.zeros(len(text), letters.num_shifts, dtype=torch.long, device=text.device)
    for begin in range(0, letters.num_shifts, BLOCK):
        size = min(BLOCK, letters.num_shifts - begin)
        window = text[:, begin : begin + size + pattern.size(1) - 1]
        out[:, begin : begin + size] = _block(window, pattern, size, wild)
    return out


def _block(text: Tensor, pattern: Tensor, size: int, wild: bool) -> Tensor:
    total = torch.zeros(len(text), size, dtype=torch.int32, device=text.device)
    for begin in range(0, pattern.size(1), _MOST):
        count = torch.zeros(len(text), size, dtype=torch.uint8, device=text.device)
        for j in range(begin, min(begin + _MOST, pattern.size(1))):
            here, letter = text[:, j : j + size], pattern[:, j : j + 1]
            differs = here != letter
            if wild:
                differs &= (here != WILD) & (letter != WILD)
            count += differs.view(torch.uint8)
        total += count
    return total.long()
