"""Estimates of distances by random signs of letters."""

import math
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .letters import as_rows, as_tensor, check_lengths
from .spectral import Channel, correlate


def hamming_sketch(
    text: Any,
    pattern: Any,
    *,
    eps: float | None = None,
    num_sketches: int | None = None,
    delta: float = 0.01,
    generator: torch.Generator | None = None,
) -> tuple[Any, Any]:
    r"""Unbiased estimates of Hamming distances at all places, with standard errors.

    With a random sign :math:`s(a)` for each letter,

    .. math::
        Y_i = \sum_{j < m} s(t_{i + j}) \, s(p_j), \qquad \mathbb{E} \, Y_i = m - D_i

    The estimate is :math:`m` minus the mean over sketches. The variance of a sketch is the sum of
    the squared multiplicities of unordered pairs of different letters: about :math:`D` if they are
    many, at most :math:`D^2`. Costs do not depend on the number of letters; with few letters, exact
    distances cost no more.

    Args:
        text (torch.Tensor or numpy.ndarray): Integers :math:`(*, n)`.
        pattern (torch.Tensor or numpy.ndarray): Integers :math:`(*, m)`. Leading dimensions
            broadcast.
        eps (float, optional): The relative error wanted, instead of ``num_sketches``:
            :math:`r = \lceil 2 \ln(2 (n - m + 1) / \delta) / \epsilon^2 \rceil` sketches.
        num_sketches (int, optional): The number of sketches :math:`r`. (default: :obj:`16`)
        delta (float, optional): The probability that some place has a larger error.
            (default: :obj:`0.01`)
        generator (torch.Generator, optional): Source of signs. (default: PyTorch's own)

    Returns:
        tuple: Estimates and their standard errors :math:`(*, n - m + 1)`; arrays if text and
        pattern are.

    Raises:
        ValueError: If both ``eps`` and ``num_sketches`` are given, one is out of range, or see
            :func:`~pyg_symm.strings.hamming_distances`.

    Examples:
        >>> text = torch.arange(1000) % 50
        >>> generator = torch.Generator().manual_seed(0)
        >>> estimate, error = hamming_sketch(text, text[:100], generator=generator)
        >>> estimate[50], error[50]  # The text repeats itself.
        (tensor(0.), tensor(0.))
    """
    numpy = isinstance(text, np.ndarray) and isinstance(pattern, np.ndarray)
    text, pattern = as_tensor(text, "text"), as_tensor(pattern, "pattern")
    shape = check_lengths(text, pattern)
    num = _number(eps, num_sketches, delta, text.size(-1) - pattern.size(-1) + 1)
    n, m = text.size(-1), pattern.size(-1)
    both = torch.cat([text.reshape(-1), pattern.reshape(-1)])
    _, number = both.unique(return_inverse=True)
    of_text, of_pattern = number.split([text.numel(), pattern.numel()])
    text_number = as_rows(of_text.view(text.shape), shape)
    pattern_number = as_rows(of_pattern.view(pattern.shape), shape)
    device = "cpu" if generator is None else generator.device
    size = (num, int(number.max()) + 1)
    signs = 2 * torch.randint(2, size, generator=generator, device=device) - 1
    signs = signs.to(text.device)
    # Mean and mean of squares, one sketch at a time: memory does not grow with their number.
    mean = torch.zeros(len(text_number), n - m + 1, dtype=torch.double, device=text.device)
    square = torch.zeros_like(mean)
    for row in signs:
        channel = _sign_channel(row)
        distance = m - correlate(text_number, pattern_number, [(channel, channel)]).round().double()
        mean += distance / num
        square += distance.square() / num
    # With one sketch, the error is what many different pairs of letters would give.
    variance = (square - mean.square()).clamp(min=0) / max(num - 1, 1)
    error = (variance if num > 1 else mean.clamp(min=0)).sqrt()
    dtype = torch.get_default_dtype()
    mean, error = (part.to(dtype).view(*shape, n - m + 1) for part in (mean, error))
    return (mean.numpy(), error.numpy()) if numpy else (mean, error)


def _sign_channel(signs: Tensor) -> Channel:
    def channel(numbers: Tensor, dtype: torch.dtype) -> Tensor:
        # Padding has the number -1.
        return signs[numbers.clamp(min=0)].to(dtype) * (numbers >= 0)

    return channel


def _number(eps: float | None, num_sketches: int | None, delta: float, shifts: int) -> int:
    if eps is not None and num_sketches is not None:
        raise ValueError(
            f"'eps' and 'num_sketches' must not both be given (got {eps} and {num_sketches})"
        )
    if not 0 < delta < 1:
        raise ValueError(f"'delta' must be in (0, 1) (got {delta})")
    if eps is not None:
        if not 0 < eps < math.inf:
            raise ValueError(f"'eps' must be positive and finite (got {eps})")
        return math.ceil(2 * math.log(2 * shifts / delta) / eps**2)
    num = 16 if num_sketches is None else num_sketches
    if not isinstance(num, Integral):
        raise ValueError(f"'num_sketches' must be an integer (got {num!r})")
    if num < 1:
        raise ValueError(f"'num_sketches' must be positive (got {num_sketches})")
    return num
