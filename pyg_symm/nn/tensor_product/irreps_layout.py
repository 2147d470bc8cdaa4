"""Features as e3nn lays them out, and as this package does."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

_TERM = re.compile(r"(?:(\d+)x)?(\d+)([eo])")


class IrrepsLayout(torch.nn.Module):
    r"""Converts features between the flat layout of e3nn's ``Irreps`` and channels of functions on
    the sphere.

    A channel is a function: it has one irrep of each degree from 0 to :obj:`lmax`, all of the same
    sign :math:`\sigma`, where the irrep of degree :math:`l` has the parity :math:`\sigma (-1)^l`.
    With :math:`\sigma = 1` the channel is natural, as ``0e + 1o + 2e``, with :math:`\sigma = -1` it
    is pseudo, as ``0o + 1e + 2o``. Channels come in the order of the irreps of degree 0. The other
    degrees are assigned to natural and to pseudo channels in the order in which they come.

    Args:
        irreps (str): Irreps as e3nn writes them, or an ``e3nn.o3.Irreps``, whose string is read.

    Attributes:
        irreps (str): The irreps.
        lmax (int): The highest degree.
        channels (int): The number of channels.
        signs (tuple): The sign of each channel, 1 or -1.

    Raises:
        ValueError: If the irreps are no such channels.

    Examples:
        >>> layout = IrrepsLayout("8x0e + 8x1o + 8x2e")
        >>> layout
        IrrepsLayout('8x0e+8x1o+8x2e')
        >>> x = torch.randn(5, 72)
        >>> layout.to_channels(x).shape, torch.equal(layout.to_irreps(layout.to_channels(x)), x)
        (torch.Size([5, 8, 9]), True)
        >>> layout.product(layout, 2, parity="both")
        IrrepsLayout('8x0e+8x0o+8x1o+8x1e+8x2e+8x2o')
        >>> IrrepsLayout("8x0e + 8x1e")
        Traceback (most recent call last):
        ValueError: 'irreps' must have the same channels in each degree: ...
    """

    flat_places: Tensor
    channel_places: Tensor

    def __init__(self, irreps: Any) -> None:
        super().__init__()
        terms = _parse(str(irreps))
        self.irreps = "+".join(f"{num}x{degree}{parity}" for num, degree, parity in terms)
        copies: dict[int, list[tuple[int, int]]] = {}  # The sign and place of each copy, by degree.
        place = 0
        for num, degree, parity in terms:
            sign = (-1) ** degree * (1 if parity == "e" else -1)
            for _ in range(num):
                copies.setdefault(degree, []).append((sign, place))
                place += 2 * degree + 1
        self.lmax = max(copies)
        self.signs = tuple(sign for sign, _ in copies.get(0, []))
        self.channels = len(self.signs)
        for degree in range(self.lmax + 1):
            self._check(degree, [sign for sign, _ in copies.get(degree, [])])
        degrees = []
        for degree in range(self.lmax + 1):
            queues = {s: iter([p for sign, p in copies[degree] if sign == s]) for s in (1, -1)}
            first = torch.tensor([next(queues[sign]) for sign in self.signs])
            degrees.append(first.unsqueeze(1) + torch.arange(2 * degree + 1))
        places = torch.cat(degrees, dim=1).flatten()
        self.register_buffer("channel_places", places, persistent=False)
        self.register_buffer("flat_places", places.argsort(), persistent=False)

    @classmethod
    def from_signs(cls, lmax: int, signs: Sequence[int]) -> "IrrepsLayout":
        r"""The layout of channels with some signs, degree by degree.

        Examples:
            >>> IrrepsLayout.from_signs(1, [1, 1, -1])
            IrrepsLayout('2x0e+1x0o+2x1o+1x1e')
        """
        check_sizes(0, lmax=lmax)
        if not signs or not all(sign in (1, -1) for sign in signs):
            raise ValueError(f"'signs' must be 1 or -1, at least one (got {list(signs)})")
        runs = [(sign, len(list(run))) for sign, run in groupby(signs)]
        return cls(
            "+".join(
                f"{num}x{degree}{'e' if sign == (-1) ** degree else 'o'}"
                for degree in range(lmax + 1)
                for sign, num in runs
            )
        )

    @property
    def dim(self) -> int:
        """The number of components of all channels."""
        return self.channel_places.numel()

    def to_channels(self, x: Tensor) -> Tensor:
        r"""From :math:`(*, \mathrm{dim})` to :math:`(*, C, (\mathrm{lmax} + 1)^2)`."""
        if x.dim() == 0 or x.size(-1) != self.dim:
            raise ValueError(
                f"'x' must have shape [..., {self.dim}] for '{self.irreps}' (got {list(x.shape)})"
            )
        out = x.index_select(-1, self.channel_places)
        return out.unflatten(-1, (self.channels, (self.lmax + 1) ** 2))

    def to_irreps(self, x: Tensor) -> Tensor:
        r"""From :math:`(*, C, (\mathrm{lmax} + 1)^2)` to :math:`(*, \mathrm{dim})`."""
        wanted = (self.channels, (self.lmax + 1) ** 2)
        if x.shape[-2:] != wanted:
            raise ValueError(
                f"'x' must have shape [..., {wanted[0]}, {wanted[1]}] for '{self.irreps}' "
                f"(got {list(x.shape)})"
            )
        return x.flatten(-2).index_select(-1, self.flat_places)

    def product(self, other: "IrrepsLayout", lmax_out: int, parity: str = "even") -> "IrrepsLayout":
        r"""The layout of a :class:`~pyg_symm.nn.GauntProduct` of two features.

        Channels of the even product have the signs :math:`\sigma_1 \sigma_2`, those of the odd one
        :math:`-\sigma_1 \sigma_2`.

        Raises:
            ValueError: If the numbers of channels differ.
        """
        if self.channels != other.channels:
            raise ValueError(
                f"'other' must have {self.channels} channels as '{self.irreps}' (got "
                f"'{other.irreps}')"
            )
        if parity not in ("even", "odd", "both"):
            raise ValueError(f"'parity' must be 'even', 'odd' or 'both' (got {parity!r})")
        even = [a * b for a, b in zip(self.signs, other.signs, strict=True)]
        odd = [-sign for sign in even]
        return self.from_signs(lmax_out, {"even": even, "odd": odd, "both": even + odd}[parity])

    def _check(self, degree: int, signs: list[int]) -> None:
        if degree == 0 and not signs:
            raise ValueError(f"'irreps' must have degree 0 (got '{self.irreps}')")
        if sorted(signs) != sorted(self.signs):
            raise ValueError(
                f"'irreps' must have the same channels in each degree: degree 0 has "
                f"{_count(list(self.signs))}, degree {degree} has {_count(signs)} (got "
                f"'{self.irreps}')"
            )

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.irreps!r})"


def _parse(text: str) -> list[tuple[int, int, str]]:
    terms = []
    for term in text.replace(" ", "").split("+"):
        match = _TERM.fullmatch(term)
        if match is None:
            raise ValueError(f"'irreps' must look like '8x0e+8x1o' (got {text!r})")
        num = 1 if match[1] is None else int(match[1])
        if num > 0:
            terms.append((num, int(match[2]), match[3]))
    if not terms:
        raise ValueError(f"'irreps' must not be empty (got {text!r})")
    return terms


def _count(signs: list[int]) -> str:
    natural = signs.count(1)
    return f"{natural} natural and {len(signs) - natural} pseudo ones"
