"""Which way to compute distances costs least."""

import math
from typing import NamedTuple

from torch import Tensor

from .letters import Letters, as_tensor, number_letters

METHODS = ("auto", "brute", "fft", "hybrid")

# Nanoseconds on one thread of a CPU, measured by benchmarks/hamming.py.
COMPARISON = 0.17
TRANSFORM = 0.35  # Of one letter at one place of the text, times the logarithm of blocks.
PAIR = 12.0
FIXED = 3e4  # Of the first letter that is transformed, and of pairs.


class Plan(NamedTuple):
    r"""How distances are computed.

    Attributes:
        method: ``"brute"``, ``"fft"`` or ``"hybrid"``.
        heavy: Letters that are transformed :math:`(S)`; the pairs of others are counted.
        comparisons: Comparisons of two letters.
        transforms: Letters that are transformed, times places of the text times the binary
            logarithm of four patterns.
        pairs: Pairs of equal light letters.
    """

    method: str
    heavy: Tensor
    comparisons: int
    transforms: float
    pairs: int

    @property
    def operations(self) -> float:
        """All operations, whatever they cost."""
        return self.comparisons + self.transforms + self.pairs


def make_plan(letters: Letters, method: str = "auto") -> Plan:
    r"""Chooses a method, and for the hybrid one the letters to transform.

    A letter that occurs :math:`t` times in the text and :math:`p` times in the pattern has
    :math:`t p` pairs. It is transformed if :math:`n \log_2 (4 m)` costs less. If the frequencies in
    text and pattern are alike, at most :math:`\sqrt{m}` letters are, roughly, and there are at most
    :math:`n \sqrt{m \log m}` operations.

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
    one = num * n * math.log2(4 * m)
    present = in_pattern.sum(dim=0) > 0
    heavy = (TRANSFORM * one < PAIR * pairs) & present
    comparisons = num * letters.num_shifts * m
    used = int(present.sum())
    hybrid = Plan("hybrid", heavy, 0, one * int(heavy.sum()), int(pairs[~heavy].sum()))
    if method == "brute":
        return Plan("brute", heavy, comparisons, 0.0, 0)
    if method == "fft":
        return Plan("fft", present, 0, one * used, 0)
    if method == "hybrid":
        return hybrid
    cost = TRANSFORM * hybrid.transforms + PAIR * hybrid.pairs + FIXED
    if COMPARISON * comparisons <= cost:
        return Plan("brute", heavy, comparisons, 0.0, 0)
    return hybrid


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
