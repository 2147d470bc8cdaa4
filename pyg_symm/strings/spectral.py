"""Correlations by Fourier transforms of overlapping blocks."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

_BYTES = 64 * 2**20  # Of the transforms that are in memory at once.
LONGEST = 2**20  # Patterns beyond which single precision cannot tell whole numbers apart.

#: Indicators of blocks :math:`(B, K, L)` and of patterns :math:`(B, m)` in some type.
Channel = Callable[[Tensor, torch.dtype], Tensor]


def block_length(m: int) -> int:
    """The length of blocks: a power of two of at least four patterns."""
    return 1 << (4 * m - 1).bit_length()


def correlate(
    text: Tensor,
    pattern: Tensor,
    channels: Iterable[tuple[Channel, Channel]],
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    r"""Sums of correlations of channels of texts and patterns.

    .. math::
        \sum_c \sum_{j < m} f_c(t_{i + j}) \, g_c(p_j)

    Blocks overlap by a pattern. Spectra of all channels are added up, and transformed back once.

    Args:
        text (torch.Tensor): Numbers of letters :math:`(B, n)`.
        pattern (torch.Tensor): Numbers of letters :math:`(B, m)`.
        channels (iterable): Pairs of functions :math:`f_c` and :math:`g_c`.
        dtype (torch.dtype, optional): The precision. (default: ``torch.float32``)

    Returns:
        torch.Tensor: Sums :math:`(B, n - m + 1)`.
    """
    blocks = Blocks(text, pattern.size(1), dtype)
    total: Tensor | None = None
    for f, g in channels:
        product = blocks.spectrum(f).mul_(blocks.of_pattern(pattern, g).unsqueeze(1))
        total = product if total is None else total.add_(product)
    if total is None:
        return torch.zeros(len(text), blocks.shifts, dtype=dtype, device=text.device)
    return blocks.back(total)


class Blocks:
    r"""A text in blocks that overlap by a pattern, and their transforms.

    Args:
        text (torch.Tensor): Numbers of letters :math:`(B, n)`.
        m (int): The length of patterns.
        dtype (torch.dtype, optional): The precision. (default: ``torch.float32``)
    """

    def __init__(self, text: Tensor, m: int, dtype: torch.dtype = torch.float32) -> None:
        self.dtype, self.shifts = dtype, text.size(1) - m + 1
        self.length = block_length(m)
        self.hop = self.length - m + 1
        num = -(-self.shifts // self.hop)
        missing = (num - 1) * self.hop + self.length - text.size(1)
        padded = torch.nn.functional.pad(text, (0, missing), value=-1)
        self.windows = padded.unfold(1, self.length, self.hop)  # [B, K, L]

    def _chunks(self) -> list[slice]:
        """Blocks whose transforms fit into memory at once."""
        size = torch.empty((), dtype=self.dtype).element_size()
        chunk = max(1, _BYTES // (3 * max(1, len(self.windows)) * self.length * size))
        return [slice(i, i + chunk) for i in range(0, self.windows.size(1), chunk)]

    def spectrum(self, channel: Channel) -> Tensor:
        r"""The transforms of a channel of all blocks :math:`(B, K, L / 2 + 1)`."""
        parts = [
            torch.fft.rfft(channel(self.windows[:, part], self.dtype), self.length)
            for part in self._chunks()
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def of_pattern(self, pattern: Tensor, channel: Channel) -> Tensor:
        r"""The conjugate transform of a channel of patterns :math:`(B, L / 2 + 1)`."""
        return torch.fft.rfft(channel(pattern, self.dtype), self.length).conj()

    def back(self, spectrum: Tensor) -> Tensor:
        r"""Correlations :math:`(B, n - m + 1)` from spectra :math:`(B, K, L / 2 + 1)`."""
        parts = [
            torch.fft.irfft(spectrum[:, part], self.length)[..., : self.hop].flatten(1)
            for part in self._chunks()
        ]
        return torch.cat(parts, dim=1)[:, : self.shifts]


def count_correlated(
    text: Tensor, pattern: Tensor, channels: Iterable[tuple[Channel, Channel]]
) -> Tensor:
    r"""The same for channels of zeros and ones: whole numbers of type long.

    Numbers that are too far from whole ones in single precision are computed in double precision.
    """
    channels = list(channels)
    if pattern.size(1) <= LONGEST:
        found = correlate(text, pattern, channels)
        if (whole := whole_numbers(found)) is not None:
            return whole
    return correlate(text, pattern, channels, torch.float64).round().long()


def letter_channel(number: int) -> tuple[Channel, Channel]:
    """Where a letter is, in texts and patterns alike."""

    def indicator(numbers: Tensor, dtype: torch.dtype) -> Tensor:
        return (numbers == number).to(dtype)

    return indicator, indicator


def whole_numbers(found: Tensor) -> Tensor | None:
    """The nearest whole numbers of type long, or nothing if some are too far away."""
    whole = found.round()
    if found.numel() > 0 and not bool((found - whole).abs().max() < 0.25):
        return None
    return whole.long()
