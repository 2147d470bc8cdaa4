"""Which way to compute distances costs least."""

import math
from typing import NamedTuple

from torch import Tensor

from .brute import BLOCK
from .letters import Letters, as_tensor, number_letters

METHODS = ("auto", "brute", "fft", "hybrid")

# Nanoseconds on one thread of a CPU; benchmarks/hamming.py compares what they predict.
_COMPARISON = 0.17
_STEP = 5e3  # Of a letter of the pattern that is compared with a block of the text.
_TRANSFORM = 0.3  # Of a letter at one place of the text, times the logarithm of blocks.
_LETTER = 3e4  # Of a letter that is transformed, however short the text.
_PAIR = 38.0
_PAIRS = 3e5  # Of pairs at all.


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
    """

    method: str
    heavy: Tensor
    comparisons: int
    steps: int
    transforms: float
    pairs: int

    @property
    def operations(self) -> float:
        """All operations, whatever they cost."""
        return self.comparisons + self.transforms + self.pairs

    @property
    def cost(self) -> float:
        """An estimate of the time on one thread of a CPU, in nanoseconds."""
        return (
            _COMPARISON * self.comparisons
            + _STEP * self.steps
            + _TRANSFORM * self.transforms
            + (_LETTER * int(self.heavy.sum()) if self.transforms else 0.0)
            + _PAIR * self.pairs
            + (_PAIRS if self.pairs else 0.0)
        )


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
    one = num * n * math.log2(4 * m)
    present = in_pattern.sum(dim=0) > 0
    heavy = transform_costs_less(one, pairs) & present
    blocks = -(-letters.num_shifts // BLOCK)
    brute = Plan("brute", heavy, num * letters.num_shifts * m, m * blocks, 0.0, 0)
    fft = Plan("fft", present, 0, 0, one * int(present.sum()), 0)
    hybrid = Plan("hybrid", heavy, 0, 0, one * int(heavy.sum()), int(pairs[~heavy].sum()))
    plans = {"brute": brute, "fft": fft, "hybrid": hybrid}
    return min(plans.values(), key=lambda plan: plan.cost) if method == "auto" else plans[method]


def transform_costs_less(transform: float, pairs: Tensor) -> Tensor:
    r"""Whether a transform costs less than the pairs of letters :math:`(S)`."""
    return _TRANSFORM * transform + _LETTER < _PAIR * pairs


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
