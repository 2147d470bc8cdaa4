"""Random numbers that depend on what they are for, not on when they are drawn."""

import torch
from torch import Tensor


def symmetric(square: Tensor) -> Tensor:
    r"""Mirrors the lower triangle of square matrices :math:`(\dots, N, N)`, with a zero diagonal.

    Examples:
        >>> symmetric(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor([[0., 3.],
                [3., 0.]])
    """
    lower = square.tril(-1)
    return lower + lower.mT


class Noise:
    r"""Uniform random numbers as a function of integer keys: a counter-based generator.

    A number depends on the seed and its keys alone. Samples of a graph therefore do not depend on
    the graphs beside it, on padding, or on how often a run was stopped, and are the same on every
    device. Keys are mixed by the finaliser of SplitMix64.

    Args:
        seed (int): The seed, of 63 bits.

    Examples:
        >>> noise = Noise.from_generator(torch.Generator().manual_seed(0))
        >>> graph, node = torch.tensor([[7], [8]]), torch.tensor([0, 1, 2])
        >>> noise.uniform(graph, node).shape
        torch.Size([2, 3])
        >>> torch.equal(noise.uniform(graph, node)[1, 2], noise.uniform(graph[1, 0], node[2]))
        True
    """

    def __init__(self, seed: int) -> None:
        if not 0 <= seed < 2**63:
            raise ValueError(f"'seed' must be in 0..2**63-1 (got {seed})")
        self.seed = seed

    @classmethod
    def from_generator(cls, generator: torch.Generator | None = None) -> "Noise":
        """With a seed drawn from a generator, or from PyTorch's own."""
        device = "cpu" if generator is None else generator.device
        seed = torch.randint(2**63 - 1, (1,), generator=generator, device=device)
        return cls(int(seed))

    def uniform(self, *keys: Tensor | int) -> Tensor:
        r"""Uniform numbers in :math:`[0, 1)` in float64.

        Args:
            *keys (torch.Tensor or int): Integers whose shapes broadcast to that of the result.
        """
        state = torch.as_tensor(self.seed)
        for key in keys:
            # Numbers stay on the CPU: they combine with tensors anywhere, without a copy.
            state = _mix(state + _mix(torch.as_tensor(key) + _GOLDEN))
        return _logical_shift(state, 11).double() * 2.0**-53


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


_GOLDEN = _signed(0x9E3779B97F4A7C15)
_FIRST, _SECOND = _signed(0xBF58476D1CE4E5B9), _signed(0x94D049BB133111EB)


def _mix(x: Tensor) -> Tensor:
    """Int64 arithmetic wraps around, as SplitMix64 wants it."""
    x = x + _GOLDEN
    x = (x ^ _logical_shift(x, 30)) * _FIRST
    x = (x ^ _logical_shift(x, 27)) * _SECOND
    return x ^ _logical_shift(x, 31)


def _logical_shift(x: Tensor, bits: int) -> Tensor:
    return (x >> bits) & (2 ** (64 - bits) - 1)
