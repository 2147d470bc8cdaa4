r"""Balanced-tree reduction of ragged sets.

A set of :math:`d` elements is folded by pairing neighbours, level by level; an odd last element
is carried up unchanged. The tree of a set depends on :math:`d` alone, and can be read off
:math:`d` in binary: the set is divided into one *block* of :math:`2^l` elements for every bit
:math:`l` of :math:`d`, larger blocks first. Inside a block the tree is perfect. From the lowest
bit upwards, the running *tail* of the set is then merged into the next block on its left:

.. code-block:: none

    d = 7 = 111b     (0 1 2 3) (4 5) (6)      level 0: 0+1  2+3  4+5        tail = 6
                                              level 1: 01+23                tail = 45+6
                                              level 2:                      tail = 0123+456

This is the carry of a binary counter, and it is what makes the ragged batch cheap. Perfect trees
of many sets can be laid out so that the left operands of a level are one contiguous slice and the
right operands the next: one gather brings the leaves into that layout, and no level moves a row
again. Only the tails, at most one row a set, are shuffled between levels.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symm.utils import Permutation, check_index, check_ptr, index_to_ptr


class TreeLevel(NamedTuple):
    r"""The steps of blocks and tails at bit :math:`l` of the set sizes.

    Attributes:
        num_pairs: Pairs of neighbours inside blocks larger than :math:`2^l`.
        num_merges: Sets whose block of this level takes in the tail, split into those with
            larger blocks to come and those that are finished by it.
        num_heads: Sets whose tail starts with the block of this level, split likewise.
        num_waiting: Tails of sets without a block at this level.
        shuffle: Brings the tails into the order merged, then waiting; :obj:`None` if they are.
    """

    num_pairs: int
    num_merges: tuple[int, int]
    num_heads: tuple[int, int]
    num_waiting: int
    shuffle: Permutation | None

    @property
    def num_rows(self) -> int:
        """Rows that the operator gets at this level."""
        return self.num_pairs + sum(self.num_merges)


@dataclass(frozen=True, eq=False)
class TreePlan:
    r"""The balanced trees of a batch of ragged sets; integers only, independent of features.

    Build a plan once per batch with :meth:`from_ptr` or :meth:`from_index` and share it between
    layers. Building takes :math:`O(E)` work, plus a sort if ``index`` is not sorted.

    Attributes:
        ptr (torch.Tensor): Boundaries of the sets :math:`(S + 1)`.
        num_sets (int): The number of sets :math:`S`, empty ones included.
        num_elements (int): The number of elements :math:`E`.
        num_empty (int): The number of empty sets.

    Examples:
        >>> plan = TreePlan.from_ptr(torch.tensor([0, 5, 5, 7, 8]))
        >>> plan
        TreePlan(num_sets=4, num_elements=8, num_levels=3, num_pairs=5)
        >>> from pyg_symm.nn.aggr import tree_reduce
        >>> tree_reduce(torch.arange(8.0), plan, torch.add)
        tensor([10.,  0., 11.,  7.])
    """

    ptr: Tensor
    num_sets: int
    num_elements: int
    num_empty: int
    levels: tuple[TreeLevel, ...]
    rows: Tensor  # Rows of `x`, set by set.
    tree: Tensor  # Layout of the leaves, as positions in `rows`.
    leaves: Permutation  # The same as rows of `x`, that is `rows[tree]`.
    roots: Permutation  # Order of the sets in the output.

    @classmethod
    def from_ptr(cls, ptr: Tensor) -> "TreePlan":
        r"""Plans the trees of contiguous sets.

        Args:
            ptr (torch.Tensor): Boundaries of the sets :math:`(S + 1)`.

        Raises:
            ValueError: If ``ptr`` does not start at zero or decreases.
        """
        check_ptr(ptr)
        num_elements = int(ptr[-1])
        return cls._build(ptr.long(), torch.arange(num_elements, device=ptr.device))

    @classmethod
    def from_index(cls, index: Tensor, dim_size: int | None = None) -> "TreePlan":
        r"""Plans the trees of sets given by the set of each element, in any order.

        Elements of a set are folded in the order in which they appear.

        Args:
            index (torch.Tensor): The set of each element :math:`(E)`.
            dim_size (int, optional): The number of sets. (default: ``index.max() + 1``)

        Raises:
            ValueError: If ``index`` is negative anywhere or reaches ``dim_size``.
        """
        num_sets = check_index(index, dim_size)
        if bool((index[1:] >= index[:-1]).all()):
            rows = torch.arange(index.numel(), device=index.device)
        else:
            rows = index.argsort(stable=True)
        return cls._build(index_to_ptr(index, num_sets), rows)

    @classmethod
    def _build(cls, ptr: Tensor, rows: Tensor) -> "TreePlan":
        sizes = ptr.diff()
        num_bits = int(sizes.max()).bit_length() if sizes.numel() > 0 else 0
        levels, blocks, roots = _plan_tails(sizes, num_bits)
        tree, num_pairs = _plan_leaves(ptr, sizes, blocks)
        empty = (sizes == 0).nonzero().view(-1)
        return cls(
            ptr=ptr,
            num_sets=sizes.numel(),
            num_elements=tree.numel(),
            num_empty=empty.numel(),
            levels=tuple(
                level._replace(num_pairs=n) for level, n in zip(levels, num_pairs, strict=True)
            ),
            rows=rows,
            tree=tree,
            leaves=Permutation.of(rows[tree]),
            roots=Permutation.of(torch.cat([*roots, empty])).inverse,
        )

    def check(
        self, index: Tensor | None = None, ptr: Tensor | None = None, dim_size: int | None = None
    ) -> None:
        r"""Checks the sizes of what else describes the same sets.

        Raises:
            ValueError: If one of them describes another number of sets or elements.
        """
        if index is not None and index.numel() != self.num_elements:
            raise ValueError(
                f"'index' has {index.numel()} elements, but 'plan' has {self.num_elements}"
            )
        if ptr is not None and ptr.numel() != self.num_sets + 1:
            raise ValueError(f"'ptr' has {ptr.numel() - 1} sets, but 'plan' has {self.num_sets}")
        if dim_size is not None and dim_size != self.num_sets:
            raise ValueError(f"'dim_size' is {dim_size}, but 'plan' has {self.num_sets} sets")

    def reorder(self, order: Tensor) -> "TreePlan":
        r"""The same trees over the elements of each set in another order.

        Args:
            order (torch.Tensor): Positions among the elements grouped by set :math:`(E)`; a
                permutation that keeps every set in its place.
        """
        rows = self.rows[order]
        return replace(self, rows=rows, leaves=Permutation.of(rows[self.tree]))

    def to(self, device: torch.device | str) -> "TreePlan":
        """The plan on another device."""
        levels = tuple(
            level._replace(shuffle=level.shuffle and level.shuffle.to(device))
            for level in self.levels
        )
        return replace(
            self,
            ptr=self.ptr.to(device),
            levels=levels,
            rows=self.rows.to(device),
            tree=self.tree.to(device),
            leaves=self.leaves.to(device),
            roots=self.roots.to(device),
        )

    @property
    def num_levels(self) -> int:
        r"""Operator calls of a reduction, :math:`\lceil \log_2 \max_s d_s \rceil`."""
        return sum(level.num_rows > 0 for level in self.levels)

    @property
    def num_pairs(self) -> int:
        r"""Operator rows of a reduction, :math:`E` less the number of non-empty sets."""
        return sum(level.num_rows for level in self.levels)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(num_sets={self.num_sets}, "
            f"num_elements={self.num_elements}, num_levels={self.num_levels}, "
            f"num_pairs={self.num_pairs})"
        )


def _plan_tails(sizes: Tensor, num_bits: int) -> tuple[list[TreeLevel], list[Tensor], list[Tensor]]:
    """Follows the tails from the lowest bit up.

    Returns the levels (``num_pairs`` still zero), the sets with a block at each level in the
    order of their blocks, and the sets in the order in which they are finished.
    """
    # A tail starts at the lowest bit of the size. `2 * bit + finished` sorts all starts at once.
    filled = (sizes > 0).nonzero().view(-1)
    lowest = sizes[filled] & -sizes[filled]
    start = 2 * lowest.double().log2().long() + (lowest == sizes[filled]).long()
    num_starts = torch.bincount(start, minlength=2 * num_bits).tolist()
    heads = list(filled[start.argsort(stable=True)].split(num_starts))

    levels: list[TreeLevel] = []
    blocks: list[Tensor] = []
    roots: list[Tensor] = []
    tails = sizes.new_empty(0)  # The sets that have a tail, in row order.
    for bit in range(num_bits):
        has_block = (sizes[tails] >> bit) & 1
        goes_on = sizes[tails] >> (bit + 1) > 0
        fate = torch.where(has_block > 0, torch.where(goes_on, 0, 1), 2)
        counts = torch.bincount(fate, minlength=3).tolist()
        shuffle = None
        if max(counts) < tails.numel():
            shuffle = Permutation.of(fate.argsort(stable=True))
            tails = tails[shuffle.forward]
        going, done, waiting = tails.split(counts)
        head_going, head_done = heads[2 * bit], heads[2 * bit + 1]
        blocks.append(torch.cat([going, done, head_going, head_done]))
        roots += [done, head_done]
        levels.append(
            TreeLevel(
                num_pairs=0,
                num_merges=(going.numel(), done.numel()),
                num_heads=(head_going.numel(), head_done.numel()),
                num_waiting=waiting.numel(),
                shuffle=shuffle,
            )
        )
        tails = torch.cat([going, head_going, waiting])
    return levels, blocks, roots


def _plan_leaves(ptr: Tensor, sizes: Tensor, blocks: list[Tensor]) -> tuple[Tensor, list[int]]:
    """Lays out the rows of each level as left operands, right operands, whole blocks.

    From the top down: the operands of the next level's rows, then the blocks of this level. A row
    is named by its first leaf, so the bottom level is the order of the leaves itself.
    """
    rows = ptr.new_empty(0)
    num_pairs: list[int] = []
    for bit in reversed(range(len(blocks))):
        num_pairs.append(rows.numel())
        owner = blocks[bit]
        first = ptr[owner] + (sizes[owner] >> (bit + 1) << (bit + 1))  # Behind larger blocks.
        rows = torch.cat([rows, rows + (1 << bit), first])
    return rows, num_pairs[::-1]
