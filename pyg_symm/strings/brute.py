"""Distances by comparing all letters."""

import torch
from torch import Tensor

from .letters import WILD, Letters

BLOCK = 1 << 16  # Places that are compared at once, so that they stay in the cache.


def brute_distances(letters: Letters) -> Tensor:
    r"""Distances :math:`(B, n - m + 1)` in :math:`O(n m)` comparisons.

    Letters are small integers: a letter differs where the bits that differ are not zero. This and
    counting run over bytes if there are few letters, four times as fast as comparisons of tensors.
    """
    small = _smallest(letters.num_letters)
    # Letters that the pattern does not have are one more; wildcards are told apart.
    text = torch.where(letters.text < 0, letters.num_letters, letters.text).to(small)
    real = (letters.text != WILD).to(small) if bool((letters.text == WILD).any()) else None
    pattern = letters.pattern.to(small)
    wild = letters.pattern == WILD
    keep = (~wild).to(small) if bool(wild.any()) else None
    out = torch.zeros(len(text), letters.num_shifts, dtype=torch.long, device=text.device)
    for begin in range(0, letters.num_shifts, BLOCK):
        size = min(BLOCK, letters.num_shifts - begin)
        window = slice(begin, begin + size + pattern.size(1) - 1)
        part = None if real is None else real[:, window]
        out[:, begin : begin + size] = _block(text[:, window], pattern, size, part, keep)
    return out


def _smallest(num_letters: int) -> torch.dtype:
    """The smallest type that holds all letters, and one more."""
    if num_letters <= 255:
        return torch.uint8
    return torch.int16 if num_letters < 2**15 else torch.int32


def _block(
    text: Tensor, pattern: Tensor, size: int, real: Tensor | None, keep: Tensor | None
) -> Tensor:
    total = torch.zeros(len(text), size, dtype=torch.long, device=text.device)
    count, differs = torch.zeros_like(text[:, :size]), torch.empty_like(text[:, :size])
    most = torch.iinfo(text.dtype).max
    for begin in range(0, pattern.size(1), most):
        for j in range(begin, min(begin + most, pattern.size(1))):
            torch.bitwise_xor(text[:, j : j + size], pattern[:, j : j + 1], out=differs)
            differs.clamp_(max=1)
            if real is not None:
                differs.bitwise_and_(real[:, j : j + size])
            if keep is not None:
                differs.bitwise_and_(keep[:, j : j + 1])
            count += differs
        total += count
        count.zero_()
    return total
