"""Attention heads: classes whose units may only move in blocks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .permutations import Permutation, identity


@dataclass(frozen=True)
class HeadGroup:
    r"""Classes that are made of one block of units for each attention head.

    The legal permutations are a wreath product: the blocks of all classes of the group move
    together, as the heads do, and inside of each block the units of each class move by themselves.
    A class of :math:`H` heads with :math:`C` channels is one class of size :math:`H C`, with all
    channels of a head beside each other. A class of size :math:`H` stands for the heads alone, as
    needed for tensors with one number for each head.

    Args:
        num_heads (int): The number of heads :math:`H`, which divides the size of each class.
        classes (tuple of str): The classes of the group, such as those of queries with keys, and
            of values.
    """

    num_heads: int
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.num_heads < 1:
            raise ValueError(f"'num_heads' must be at least 1 (got {self.num_heads})")
        if not self.classes or len(set(self.classes)) < len(self.classes):
            raise ValueError(f"'classes' must name different classes (got {self.classes})")

    def is_legal(self, permutation: Mapping[str, Tensor]) -> bool:
        r"""Whether the permutation keeps blocks together and moves those of all classes alike."""
        orders = []
        for name in self.classes:
            blocks = permutation[name].cpu().view(self.num_heads, -1)
            heads = blocks.div(blocks.size(1), rounding_mode="floor")
            if not bool((heads == heads[:, :1]).all()):
                return False
            orders.append(heads[:, 0])
        return all(torch.equal(order, orders[0]) for order in orders)

    def random(self, classes: dict[str, int], generator: torch.Generator | None) -> Permutation:
        r"""A legal permutation of the classes of this group, all of them equally likely.

        Args:
            classes (dict): The size of each class.
            generator (torch.Generator, optional): Source of randomness.
        """
        heads = torch.randperm(self.num_heads, generator=generator)
        out = {}
        for name in self.classes:
            channels = classes[name] // self.num_heads
            inner = [torch.randperm(channels, generator=generator) for _ in heads]
            out[name] = block_permutation(heads, torch.stack(inner))
        return out


def block_permutation(heads: Tensor, inner: Tensor) -> Tensor:
    r"""The permutation of all units from that of the heads and those inside of each head.

    Args:
        heads (torch.Tensor): The old head of each new head :math:`(H)`.
        inner (torch.Tensor): The old channel of each new channel, for each new head
            :math:`(H, C)`.

    Returns:
        torch.Tensor: The permutation :math:`(H C)`.

    Examples:
        >>> block_permutation(torch.tensor([1, 0]), torch.tensor([[0, 1, 2], [2, 1, 0]]))
        tensor([3, 4, 5, 2, 1, 0])
    """
    return (heads[:, None] * inner.size(1) + inner).view(-1)


def check_groups(groups: Iterable[HeadGroup], classes: Mapping[str, int]) -> None:
    r"""Checks that each class is in one group at most, and that its heads divide its size.

    Raises:
        ValueError: If a class is unknown, has two groups, or another size.
    """
    seen: set[str] = set()
    for group in groups:
        for name in group.classes:
            if name not in classes or name in seen:
                raise ValueError(f"'groups' must name each class once (got '{name}' in {group})")
            if classes[name] % group.num_heads:
                raise ValueError(
                    f"{group.num_heads} heads do not divide class '{name}' of size {classes[name]}"
                )
            seen.add(name)


def check_heads(
    groups: Iterable[HeadGroup], classes: Mapping[str, int], permutation: Mapping[str, Tensor]
) -> None:
    r"""Checks that a permutation is legal for each group. Classes that are left out stay.

    Raises:
        ValueError: If it moves units between heads, or heads of one class only.
    """
    for group in groups:
        if set(group.classes).isdisjoint(permutation):
            continue
        full = {**identity({n: classes[n] for n in group.classes}), **permutation}
        if not group.is_legal(full):
            raise ValueError(
                f"'permutation' must keep the blocks of {group.num_heads} heads together, in the "
                f"same order for all of {list(group.classes)}"
            )
