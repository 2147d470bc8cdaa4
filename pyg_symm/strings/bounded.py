"""Distances up to a bound."""

from itertools import pairwise

import torch
from torch import Tensor

from .exact import exact_distances
from .letters import Letters
from .plan import Plan

_CHUNK = 1 << 22  # Letters that are gathered at once.
_STEP = 64  # Letters of a pattern that are compared before places are dropped.


def bounded_distances(letters: Letters, k: int, plan: Plan) -> Tensor:
    r"""Distances :math:`\min(D, k + 1)`, :math:`(B, n - m + 1)`.

    A pattern is cut into :math:`k + 1` parts. If at most :math:`k` letters differ, one part matches
    exactly; parts are compared by hashes. Places where one does are compared letter by letter,
    until too many differ. No place is missed: equal parts have equal hashes. If too many places are
    left, such as in a periodic text, or ``k`` is not small, all distances are computed exactly.

    Args:
        letters (Letters): Numbered letters, without wildcards.
        k (int): The bound.
        plan (Plan): How to compute all distances.
    """
    m = letters.pattern.size(1)
    # Nanoseconds of hashes and of comparisons of places that are left.
    passes = 4.0 * (k + 4) * letters.text.numel()
    if 8 * k >= m or passes > plan.cost:
        return exact_distances(letters, plan).clamp(max=k + 1)
    row, shift = _candidates(letters, k).nonzero(as_tuple=True)
    if 5.0 * row.numel() * min(m, 16 * _STEP) > plan.cost:
        return exact_distances(letters, plan).clamp(max=k + 1)
    out = letters.text.new_full((len(letters.text), letters.num_shifts), k + 1)
    size = max(1, _CHUNK // _STEP)
    for rows, shifts in zip(row.split(size), shift.split(size), strict=True):
        out[rows, shifts] = _compared(letters, rows, shifts, k)
    return out


def _candidates(letters: Letters, k: int) -> Tensor:
    """Places where a part of the pattern has the hash of the text."""
    text, pattern = letters.text, letters.pattern
    m, shifts = pattern.size(1), letters.num_shifts
    bounds = [m * i // (k + 1) for i in range(k + 2)]
    # Fixed random numbers of letters: results do not depend on them, only the time does.
    generator = torch.Generator().manual_seed(0)
    value = torch.randint(-(2**63), 2**63 - 1, (letters.num_letters + 1,), generator=generator)
    value = value.to(text.device)
    # Other letters of the text share the last number: one hash too many costs time, not truth.
    sums = [_weighted(value[part.clamp(min=-1)]) for part in (text, pattern)]
    found = torch.zeros(len(text), shifts, dtype=torch.bool, device=text.device)
    power = _powers(text.size(1), text.device)
    for begin, end in pairwise(bounds):
        here = sums[0][:, end : end + shifts] - sums[0][:, begin : begin + shifts]
        there = sums[1][:, end] - sums[1][:, begin]
        # The text's part lies `shift` further on: its weights are larger by that power.
        found |= here == there.unsqueeze(1) * power[:shifts]
    return found


_BASE = 0x9E3779B97F4A7C15 - 2**64  # Odd, so that its powers never vanish modulo 2^64.


def _powers(num: int, device: torch.device) -> Tensor:
    """Powers of the base, modulo 2^64."""
    base = torch.full((num,), _BASE, dtype=torch.long, device=device)
    base[:1] = 1
    return base.cumprod(0)


def _weighted(value: Tensor) -> Tensor:
    """Sums of the first letters, each times the power of its place; from no letter on."""
    total = (value * _powers(value.size(1), value.device)).cumsum(1)
    return torch.nn.functional.pad(total, (1, 0))


def _compared(letters: Letters, row: Tensor, shift: Tensor, k: int) -> Tensor:
    """Distances of some places up to ``k + 1``, step by step; places with more are dropped."""
    out = torch.zeros_like(shift)
    alive = torch.arange(shift.numel(), device=shift.device)
    m = letters.pattern.size(1)
    for begin in range(0, m, _STEP):
        place = torch.arange(begin, min(begin + _STEP, m), device=shift.device)
        here = letters.text[row[alive].unsqueeze(1), shift[alive].unsqueeze(1) + place]
        there = letters.pattern[row[alive].unsqueeze(1), place]
        out[alive] += (here != there).sum(dim=1)
        alive = alive[out[alive] <= k]
        if alive.numel() == 0:
            break
    return out.clamp(max=k + 1)
