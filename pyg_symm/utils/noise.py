"""Random numbers that depend on keys and not on the order in which they are drawn."""

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


def unordered(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Keys of pairs that are the same whichever node comes first: the larger, then the smaller.

    Examples:
        >>> unordered(torch.tensor([1, 5]), torch.tensor([3, 2]))
        (tensor([3, 5]), tensor([1, 2]))
    """
    return torch.maximum(first, second), torch.minimum(first, second)


class Noise:
    r"""Uniform random numbers as a function of integer keys: a counter-based generator.

    A number depends on the seed and its keys alone. Samples of a graph therefore do not depend on
    the graphs beside it, on padding, or on how often a run was stopped, and are the same on every
    device. Keys are mixed by the finaliser of SplitMix64.

    Args:
        seed (int or torch.Tensor): The seed, of 63 bits.

    Raises:
        ValueError: If the seed is a number outside of :math:`0, \dots, 2^{63} - 1`.

    Examples:
        >>> noise = Noise.from_generator(torch.Generator().manual_seed(0))
        >>> graph, node = torch.tensor([[7], [8]]), torch.tensor([0, 1, 2])
        >>> noise.uniform(graph, node).shape
        torch.Size([2, 3])
        >>> torch.equal(noise.uniform(graph, node)[1, 2], noise.uniform(graph[1, 0], node[2]))
        True
    """

    def __init__(self, seed: int | Tensor) -> None:
        if isinstance(seed, int) and not 0 <= seed < 2**63:
            raise ValueError(f"'seed' must be in 0..2**63-1 (got {seed})")
        self.seed = seed

    @classmethod
    def from_generator(cls, generator: torch.Generator | None = None) -> "Noise":
        """With a seed drawn from a generator, or from PyTorch's own.

        Raises:
            ValueError: If it is something else, such as a seed.
        """
        if not (generator is None or isinstance(generator, torch.Generator)):
            raise ValueError(f"'generator' must be a torch.Generator (got {generator!r})")
        device = "cpu" if generator is None else generator.device
        seed = torch.randint(2**63 - 1, (1,), generator=generator, device=device)
        return cls(int(seed))

    @classmethod
    def of(cls, source: "torch.Generator | Noise | None") -> "Noise":
        """A source itself, or one with a seed drawn from a generator.

        The seed of a generator on the CPU stays a tensor, so that compiled code can draw it.
        """
        if isinstance(source, Noise):
            return source
        if source is not None and source.device.type != "cpu":
            return cls.from_generator(source)
        return cls(torch.randint(2**63 - 1, (), generator=source))

    def at(self, *keys: Tensor | int) -> "Noise":
        """A separate source for each combination of integers, such as steps of a loop.

        Examples:
            >>> noise = Noise(3)
            >>> noise.at(0, 1).uniform(5) == noise.at(1, 0).uniform(5)
            tensor(False)
        """
        return Noise(self._state(*keys) & (2**63 - 1))

    def uniform(self, *keys: Tensor | int) -> Tensor:
        r"""Uniform numbers in :math:`[0, 1)` in float64.

        Args:
            *keys (torch.Tensor or int): Integers whose shapes broadcast to that of the result.
        """
        return _to_uniform(self._state(*keys))

    def uniform_of_graphs(self, rows: Tensor, place: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        r"""Uniform numbers of graphs, of their nodes, and of unordered pairs of their nodes.

        The same numbers as ``uniform(0, rows)``, ``uniform(1, rows, place)`` and
        ``uniform(2, rows, later, first)``, in less than half of the calls.

        Args:
            rows (torch.Tensor): Keys of graphs :math:`(B)`.
            place (torch.Tensor): Keys of the nodes of each :math:`(N)`.

        Returns:
            tuple: Numbers :math:`(B)`, :math:`(B, N)` and :math:`(B, N, N)`.
        """
        purpose, num = torch.arange(3, device=rows.device), place.numel()
        keys = _hash(torch.cat([purpose, rows, place]))
        purpose, row, key = keys.tensor_split([3, 3 + rows.numel()])
        purpose = _mix(torch.as_tensor(self.seed) + purpose)
        of_graph, of_node, of_pair = _mix(purpose.unsqueeze(1) + row).unsqueeze(2)
        is_later = place.unsqueeze(1) >= place
        later = torch.where(is_later, key.unsqueeze(1), key)
        first = torch.where(is_later, key, key.unsqueeze(1))
        state = torch.cat([of_node.expand(-1, num), of_pair.expand(-1, num**2)], dim=1)
        of_node, of_pair = _mix(state + torch.cat([key, later.flatten()])).tensor_split(
            [num], dim=1
        )
        of_pair = _mix(of_pair + first.flatten())
        numbers = _to_uniform(torch.cat([of_graph, of_node, of_pair], dim=1))
        graphs, nodes, pairs = numbers.tensor_split([1, 1 + num], dim=1)
        return graphs.squeeze(1), nodes, pairs.unflatten(1, (num, num))

    def _state(self, *keys: Tensor | int) -> Tensor:
        state = torch.as_tensor(self.seed)
        for key in keys:
            # Numbers stay on the CPU: they combine with tensors anywhere, without a copy.
            state = _mix(state + _hash(torch.as_tensor(key)))
        return state


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


_GOLDEN = _signed(0x9E3779B97F4A7C15)
_FIRST, _SECOND = _signed(0xBF58476D1CE4E5B9), _signed(0x94D049BB133111EB)


def _hash(key: Tensor) -> Tensor:
    return _mix(key + _GOLDEN)


def _to_uniform(state: Tensor) -> Tensor:
    return _logical_shift(state, 11).double() * 2.0**-53


def _mix(x: Tensor) -> Tensor:
    """Int64 arithmetic wraps around, as SplitMix64 wants it."""
    x = x + _GOLDEN
    x = (x ^ _logical_shift(x, 30)) * _FIRST
    x = (x ^ _logical_shift(x, 27)) * _SECOND
    return x ^ _logical_shift(x, 31)


def _logical_shift(x: Tensor, bits: int) -> Tensor:
    return (x >> bits) & (2 ** (64 - bits) - 1)
