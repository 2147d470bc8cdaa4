"""Hamming distances at all places of a text: ours, and as one would write them down."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from pyg_symm.strings import hamming_distances, hamming_sketch

Method = Callable[[Tensor, Tensor], object]


def numpy_brute(text: Tensor, pattern: Tensor) -> np.ndarray:
    """One comparison of arrays for each letter of the pattern."""
    a, p = text.numpy().astype(np.int32), pattern.numpy().astype(np.int32)
    shifts = len(a) - len(p) + 1
    out = np.zeros(shifts, dtype=np.int32)
    for j, letter in enumerate(p):
        out += a[j : j + shifts] != letter
    return out


def unfold(text: Tensor, pattern: Tensor) -> Tensor:
    """All windows of the text at once."""
    return (text.unfold(0, len(pattern), 1) != pattern).sum(dim=1)


def letter_fft(text: Tensor, pattern: Tensor) -> Tensor:
    """One correlation of the whole text for each letter."""
    n, m = len(text), len(pattern)
    size = 1 << (n + m - 1).bit_length()
    matches = torch.zeros(n - m + 1)
    for letter in pattern.unique():
        spectrum = torch.fft.rfft((text == letter).float(), size)
        spectrum *= torch.fft.rfft((pattern == letter).float(), size).conj()
        matches += torch.fft.irfft(spectrum, size)[: n - m + 1]
    return m - matches.round()


def ours(method: str) -> Method:
    return lambda text, pattern: hamming_distances(text, pattern, method=method)


EXACT = ["brute", "fft", "hybrid"]
OURS = [*EXACT, "auto"]
METHODS: dict[str, Method] = {
    **{name: ours(name) for name in OURS},
    "auto, k = 10": lambda text, pattern: hamming_distances(text, pattern, k=10),
    "16 sketches": lambda text, pattern: hamming_sketch(text, pattern, num_sketches=16),
    "numpy, brute": numpy_brute,
    "unfold": unfold,
    "FFT of each letter": letter_fft,
}


def drawn(
    n: int, m: int, letters: int, kind: str = "uniform", device: str = "cpu"
) -> tuple[Tensor, Tensor]:
    """A random text and pattern, of letters that are equally frequent or follow Zipf's law."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.arange(1, letters + 1).double() ** (-1.0 if kind == "zipf" else 0.0)
    total = weight.cumsum(0) / weight.sum()
    text, pattern = (
        torch.searchsorted(total, torch.rand(size, generator=generator, dtype=torch.double))
        for size in (n, m)
    )
    return text.to(device), pattern.to(device)
