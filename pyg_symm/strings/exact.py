"""Distances by a plan."""

import torch
from torch import Tensor

from .brute import brute_distances
from .letters import WILD, Letters
from .pairs import count_pairs
from .plan import Plan
from .spectral import Channel, count_correlated, letter_channel


def exact_distances(letters: Letters, plan: Plan) -> Tensor:
    r"""Distances :math:`(B, n - m + 1)` by a plan."""
    if plan.method == "brute":
        return brute_distances(letters)
    channels: list[tuple[Channel, Channel]] = [
        letter_channel(number) for number in plan.heavy.nonzero().view(-1).tolist()
    ]
    wild = bool((letters.text == WILD).any() or (letters.pattern == WILD).any())
    if wild:
        # Whatever meets a wildcard matches: any letter a wildcard of the pattern, and a wildcard of
        # the text any letter.
        channels += [(_any, _is_wild), (_is_wild, _not_wild)]
    matches = count_correlated(letters.text, letters.pattern, channels)
    light = ~plan.heavy
    if plan.pairs > 0:
        matches = matches + count_pairs(letters, light)
    return letters.pattern.size(1) - matches


def _any(numbers: Tensor, dtype: torch.dtype) -> Tensor:
    return torch.ones(numbers.shape, dtype=dtype, device=numbers.device)


def _is_wild(numbers: Tensor, dtype: torch.dtype) -> Tensor:
    return (numbers == WILD).to(dtype)


def _not_wild(numbers: Tensor, dtype: torch.dtype) -> Tensor:
    return (numbers != WILD).to(dtype)
