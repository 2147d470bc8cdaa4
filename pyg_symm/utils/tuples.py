"""Nodes and ordered pairs of nodes of ragged sets."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from .lazy import lazy
from .ragged import check_ptr, ptr_to_index
from .rows import Partition, Permutation, Selection


@dataclass(frozen=True, eq=False)
class TuplePlan:
    r"""Where the tuples of a bag of node sets lie; integers only, independent of features.

    Of :math:`S` sets with :math:`m_1, \ldots, m_S` nodes, order-0 features have one row a set,
    order-1 features one row a node (:math:`n = \sum m_s`, set by set), and order-2 features one
    row for each ordered pair of nodes of one set (:math:`T = \sum m_s^2`, set by set, row-major).
    Nothing is padded. Build a plan once a batch and share it between layers.

    Attributes:
        ptr (torch.Tensor): Boundaries of the sets :math:`(S + 1)`.
        num_sets (int): The number of sets :math:`S`, empty ones included.
        num_nodes (int): The number of nodes :math:`n`.
        num_pairs (int): The number of pairs :math:`T`.
        sets (Partition): Nodes into sets.
        rows (Partition): Pairs :math:`(i, j)` by their first node :math:`i`.
        cols (Partition): Pairs :math:`(i, j)` by their second node :math:`j`.
        diagonal (Selection): The pair :math:`(i, i)` of each node.

    Examples:
        >>> plan = TuplePlan.from_ptr(torch.tensor([0, 2, 2, 3]))
        >>> plan
        TuplePlan(num_sets=3, num_nodes=3, num_pairs=5)
        >>> torch.stack([plan.rows.index, plan.cols.index])
        tensor([[0, 0, 1, 1, 2],
                [0, 1, 0, 1, 2]])
    """

    ptr: Tensor
    num_sets: int
    num_nodes: int
    num_pairs: int
    sets: Partition
    rows: Partition
    cols: Partition
    diagonal: Selection
    parts: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def from_ptr(cls, ptr: Tensor) -> "TuplePlan":
        r"""Plans the tuples of contiguous sets of nodes.

        Args:
            ptr (torch.Tensor): Boundaries of the sets :math:`(S + 1)`.

        Raises:
            ValueError: If ``ptr`` does not start at zero or decreases.
        """
        check_ptr(ptr)
        ptr = ptr.long()
        sets = Partition.contiguous(ptr)
        num_nodes = sets.index.numel()
        start = ptr[sets.index]  # First node of each node's set.
        lengths = ptr.diff()[sets.index]
        row_ptr = ptr.new_zeros(num_nodes + 1)
        torch.cumsum(lengths, dim=0, out=row_ptr[1:])
        row = ptr_to_index(row_ptr)
        position = torch.arange(row.numel(), device=ptr.device)
        col = start[row] + position - row_ptr[row]
        node = torch.arange(num_nodes, device=ptr.device)
        return cls(
            ptr=ptr,
            num_sets=ptr.numel() - 1,
            num_nodes=num_nodes,
            num_pairs=row.numel(),
            sets=sets,
            rows=Partition(row, position, row_ptr),
            # Of the pairs of a column the transposes are a row: they have its boundaries.
            cols=Partition(col, row_ptr[col] + row - start[row], row_ptr),
            diagonal=Selection(row_ptr[:-1] + node - start, row.numel()),
        )

    @property
    def sizes(self) -> Tensor:
        """Nodes of each set :math:`(S)`."""
        return self.ptr.diff()

    @property
    def transpose(self) -> Permutation:
        """Exchanges the pairs :math:`(i, j)` and :math:`(j, i)`."""
        return Permutation(self.cols.order, self.cols.order)

    @lazy
    def by_size(self) -> tuple[Permutation, list[tuple[int, int]]]:
        """Pairs regrouped so that sets of one size lie together, and (sets, size) of each group.

        Reads sizes from the device, once.
        """
        order = self.sizes.argsort(stable=True)
        pairs = self.sizes[order].square()
        shift = self.rows.ptr[self.ptr[:-1]][order] - pairs.cumsum(0) + pairs
        owner = ptr_to_index(torch.cat([pairs.new_zeros(1), pairs.cumsum(0)]), self.num_pairs)
        position = torch.arange(self.num_pairs, device=self.ptr.device) + shift[owner]
        sizes, counts = self.sizes.unique(return_counts=True)
        groups = zip(counts.tolist(), sizes.tolist(), strict=True)
        return Permutation.of(position), [(count, m) for count, m in groups if m > 0]

    def pair_of(self, row: Tensor, col: Tensor) -> Tensor:
        r"""Where the pair :math:`(i, j)` of two nodes of one set lies.

        Args:
            row (torch.Tensor): First nodes :math:`i`.
            col (torch.Tensor): Second nodes :math:`j`, each of the same set as the first.

        Examples:
            >>> plan = TuplePlan.from_ptr(torch.tensor([0, 2, 5]))
            >>> plan.pair_of(torch.tensor([1, 2]), torch.tensor([0, 4]))
            tensor([2, 6])
        """
        return self.rows.ptr[row] + col - self.ptr[self.sets.index[row]]

    def group_pairs(self, node: Tensor, num_nodes: int) -> tuple[Tensor, Tensor]:
        r"""Brings together pairs that stand for the same two nodes of a larger graph.

        Args:
            node (torch.Tensor): What each node stands for :math:`(n)`.
            num_nodes (int): The number of nodes of the larger graph.

        Returns:
            tuple: The pairs in an order in which equal ones are neighbours :math:`(T)`, and how
            many are equal :math:`(U)`.
        """
        key = node[self.rows.index] * num_nodes + node[self.cols.index]
        key, order = key.sort(stable=True)
        return order, key.unique_consecutive(return_counts=True)[1]

    def inverse_sizes(self, x: Tensor) -> Tensor:
        """One over the number of nodes of each set, in the type of ``x`` :math:`(S, 1)`."""
        return self.sizes.clamp(min=1).to(x.dtype).reciprocal().unsqueeze(-1)

    def to(self, device: torch.device | str) -> "TuplePlan":
        """The plan on another device."""
        names = ("ptr", "sets", "rows", "cols", "diagonal")
        return replace(self, **{name: getattr(self, name).to(device) for name in names})

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(num_sets={self.num_sets}, num_nodes={self.num_nodes}, "
            f"num_pairs={self.num_pairs})"
        )
