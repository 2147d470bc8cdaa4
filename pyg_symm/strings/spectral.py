"""Correlations by Fourier transforms of overlapping blocks."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor

_BYTES = 64 * 2**20  # Of the transforms that are in memory at once.
# A long transform takes several times as long by itself as one of many.
_TOGETHER = 8  # Channels that are transformed together.
_FEW = 4  # Blocks that are better transformed together with those of other channels.
LONGEST = 2**20  # Patterns beyond which single precision cannot tell whole numbers apart.

#: Indicators of blocks :math:`(B, K, L)` and of patterns :math:`(B, m)` in some type.
Channel = Callable[[Tensor, torch.dtype], Tensor]


def block_length(n: int, m: int) -> int:
    """The length of blocks: a power of two of at least four patterns, or of the whole text."""
    return 1 << (min(n, 4 * m) - 1).bit_length()


def num_blocks(n: int, m: int) -> int:
    """How many blocks a text has."""
    return -(-(n - m + 1) // (block_length(n, m) - m + 1))


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
    channels = list(channels)
    of_text = blocks.of_text([f for f, _ in channels])
    of_pattern = blocks.of_pattern(pattern, [g for _, g in channels])
    total: Tensor | None = None
    for spectrum, other in zip(of_text, of_pattern, strict=True):
        product = spectrum.mul_(other.unsqueeze(1))
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
        self.length = block_length(text.size(1), m)
        self.hop = self.length - m + 1
        missing = (num_blocks(text.size(1), m) - 1) * self.hop + self.length - text.size(1)
        # Half of the bytes are compared in half of the time.
        padded = torch.nn.functional.pad(text.int(), (0, missing), value=-1)
        self.windows = padded.unfold(1, self.length, self.hop)  # [B, K, L]

    def _at_once(self) -> int:
        """Blocks of all rows whose transforms fit into memory at once."""
        size = torch.empty((), dtype=self.dtype).element_size()
        return max(1, _BYTES // (3 * max(1, len(self.windows)) * self.length * size))

    def _chunks(self) -> list[slice]:
        chunk = self._at_once()
        return [slice(i, i + chunk) for i in range(0, self.windows.size(1), chunk)]

    def _transforms(
        self, numbers: Tensor, channels: Sequence[Channel], together: int
    ) -> Iterator[Tensor]:
        """Transforms of some channels, several computed together."""
        together = max(1, min(together, _TOGETHER))
        for start in range(0, len(channels), together):
            part = [channel(numbers, self.dtype) for channel in channels[start : start + together]]
            yield from torch.fft.rfft(torch.stack(part), self.length)

    def of_text(self, channels: Sequence[Channel]) -> Iterator[Tensor]:
        r"""The transforms of channels of all blocks, each :math:`(B, K, L / 2 + 1)`."""
        num = self.windows.size(1)
        if len(self.windows) * num < _FEW:
            yield from self._transforms(self.windows, channels, self._at_once() // max(1, num))
            return
        for channel in channels:
            parts = [
                torch.fft.rfft(channel(self.windows[:, part], self.dtype), self.length)
                for part in self._chunks()
            ]
            yield parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def of_pattern(self, pattern: Tensor, channels: Sequence[Channel]) -> Iterator[Tensor]:
        r"""The conjugate transforms of channels of patterns, each :math:`(B, L / 2 + 1)`."""
        for spectrum in self._transforms(pattern.int(), channels, self._at_once()):
            yield spectrum.conj()

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
        # Numbers instead of truth values, without a copy between.
        return torch.eq(numbers, number, out=numbers.new_empty(numbers.shape, dtype=dtype))

    return indicator, indicator


def whole_numbers(found: Tensor) -> Tensor | None:
    """The nearest whole numbers of type long, or nothing if some are too far away."""
    whole = found.round()
    if found.numel() > 0 and not bool((found - whole).abs().max() < 0.25):
        return None
    return whole.long()
