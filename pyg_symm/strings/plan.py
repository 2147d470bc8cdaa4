"""Which way to compute distances costs least."""

import math
from typing import NamedTuple

from torch import Tensor

from .brute import BLOCK
from .letters import Letters, as_tensor, number_letters
from .spectral import block_length, num_blocks

METHODS = ("auto", "brute", "fft", "hybrid")

# Nanoseconds on one thread of a CPU; benchmarks/hamming.py compares what they predict.
_PLACE = 3.5  # Of a place of the text, however often it is compared or transformed.
_COMPARISON = 0.045
_STEP = 5e3  # Of a letter of the pattern that is compared with a block of the text.
_TRANSFORM = 0.14  # Of a place of a block that is transformed, times the logarithm of the block.
_LETTER = 2e4  # Of a letter that is transformed, however short the text.
_PAIR = 22.0
_PAIRS = 1e5  # Of pairs at all, and of each place of the text.
_PAIRS_PLACE = 7.5


class Plan(NamedTuple):
    r"""How distances are computed.

    Attributes:
        method: ``"brute"``, ``"fft"`` or ``"hybrid"``.
        heavy: Letters that are transformed :math:`(S)`; the pairs of others are counted.
        comparisons: Comparisons of two letters.
        steps: Letters of the pattern, times blocks of the text that they are compared with.
        transforms: Letters that are transformed, times places of the text times the binary
            logarithm of four patterns.
        pairs: Pairs of equal light letters.
        places: Places of all texts.
        padded: What transforms work on: places of blocks and of padded patterns, times the binary
            logarithm of a block.
    """

    method: str
    heavy: Tensor
    comparisons: int
    steps: int
    transforms: float
    pairs: int
    places: int
    padded: float

    @property
    def operations(self) -> float:
        """All operations, whatever they cost."""
        return self.comparisons + self.transforms + self.pairs

    @property
    def cost(self) -> float:
        """An estimate of the time on one thread of a CPU, in nanoseconds."""
        total = 0.0
        if self.comparisons:
            total += _PLACE * self.places + _STEP * self.steps + _COMPARISON * self.comparisons
        if self.padded:
            total += _PLACE * self.places + _LETTER * int(self.heavy.sum())
            total += _TRANSFORM * self.padded
        if self.pairs:
            total += _PAIRS + _PAIRS_PLACE * self.places + _PAIR * self.pairs
        return total


def make_plan(letters: Letters, method: str = "auto") -> Plan:
    r"""Chooses a method, and for the hybrid one the letters to transform.

    A letter that occurs :math:`t` times in the text and :math:`p` times in the pattern has
    :math:`t p` pairs. It is transformed if :math:`n \log_2 (4 m)` operations cost less.
    If frequencies in text and pattern are alike, roughly :math:`\sqrt{m}` letters are, and there
    are :math:`n \sqrt{m \log m}` operations.

    Args:
        letters (Letters): Numbered letters.
        method (str, optional): One of :data:`METHODS`. (default: ``"auto"``)

    Raises:
        ValueError: If there is no such method.
    """
    if method not in METHODS:
        raise ValueError(f"'method' must be one of {list(METHODS)} (got {method!r})")
    num, n = letters.text.shape
    m = letters.pattern.size(1)
    in_pattern = letters.frequencies(letters.pattern)
    pairs = (letters.frequencies(letters.text).double() * in_pattern).sum(dim=0)
    one, padded = num * n * math.log2(4 * m), num * padded_work(n, m)
    present = in_pattern.sum(dim=0) > 0
    heavy = transform_costs_less(padded, pairs) & present
    all_of, some, rest = int(present.sum()), int(heavy.sum()), int(pairs[~heavy].sum())
    steps = m * -(-letters.num_shifts // BLOCK)
    comparisons, places = num * letters.num_shifts * m, num * n
    brute = Plan("brute", heavy, comparisons, steps, 0.0, 0, places, 0.0)
    fft = Plan("fft", present, 0, 0, one * all_of, 0, places, padded * all_of)
    hybrid = Plan("hybrid", heavy, 0, 0, one * some, rest, places, padded * some)
    plans = {"brute": brute, "fft": fft, "hybrid": hybrid}
    return min(plans.values(), key=lambda plan: plan.cost) if method == "auto" else plans[method]


def padded_work(n: int, m: int) -> float:
    """What the transforms of a letter work on in one text, see :attr:`Plan.padded`."""
    length = block_length(n, m)
    return (num_blocks(n, m) + 1) * length * math.log2(length)


def transform_costs_less(padded: float, pairs: Tensor) -> Tensor:
    r"""Whether the transforms of a letter cost less than its pairs, of letters :math:`(S)`."""
    return _TRANSFORM * padded + _LETTER < _PAIR * pairs


def hamming_plan(text: Tensor, pattern: Tensor, method: str = "auto") -> Plan:
    r"""The plan of :func:`~pyg_symm.strings.hamming_distances`, with its operations.

    Args:
        text (torch.Tensor): Integers :math:`(*, n)`.
        pattern (torch.Tensor): Integers :math:`(*, m)`.
        method (str, optional): One of :data:`METHODS`. (default: ``"auto"``)

    Examples:
        >>> import torch
        >>> text = torch.arange(100) % 7
        >>> plan = hamming_plan(text, text[:10], "brute")
        >>> plan.comparisons, plan.operations
        (910, 910.0)
    """
    return make_plan(number_letters(as_tensor(text, "text"), as_tensor(pattern, "pattern")), method)
