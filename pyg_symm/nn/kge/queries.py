"""Queries of triples: a head, a relation, and all tails that are known to be true."""

from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from pyg_symm.utils.ragged import gather_segments


class Queries:
    r"""The distinct queries :math:`(h, r, ?)` of triples, and those :math:`(t, r^{-1}, ?)` of their
    inverse relations, with all their answers.

    The inverse of relation :math:`r` has the number :math:`r + R`. Repeated triples count once.

    Args:
        head_index (torch.Tensor): The heads :math:`(T)`.
        rel_type (torch.Tensor): The relations :math:`(T)`.
        tail_index (torch.Tensor): The tails :math:`(T)`.
        num_relations (int): The number of relations :math:`R`, without inverse ones.

    Examples:
        >>> head, rel, tail = torch.tensor([[0, 0, 1], [0, 0, 0], [1, 2, 2]])
        >>> queries = Queries(head, rel, tail, num_relations=1)
        >>> len(queries), queries.take(torch.tensor([0])).tolist()
        (4, [[0, 0], [0, 0], [1, 2]])
    """

    def __init__(
        self, head_index: Tensor, rel_type: Tensor, tail_index: Tensor, num_relations: int
    ) -> None:
        there = torch.stack([rel_type, head_index, tail_index])
        back = torch.stack([rel_type + num_relations, tail_index, head_index])
        rel, head, tail = torch.cat([there, back], dim=1).unique(dim=1)
        self.rows = torch.stack([head, rel, tail])
        _, counts = self.rows[:2].unique_consecutive(dim=1, return_counts=True)
        self.ptr = torch.cat([counts.new_zeros(1), counts.cumsum(0)])

    def __len__(self) -> int:
        return self.ptr.numel() - 1

    def to(self, device: torch.device | str) -> "Queries":
        """The queries on a device, in the same object."""
        self.rows, self.ptr = self.rows.to(device), self.ptr.to(device)
        return self

    def __getitems__(self, index: list[int]) -> Tensor:
        return self.take(torch.tensor(index, device=self.rows.device))

    def take(self, index: Tensor) -> Tensor:
        r"""The triples of some queries, one query after the other :math:`(3, P)`.

        Args:
            index (torch.Tensor): Numbers of queries :math:`(Q)`.
        """
        _, place = gather_segments(self.ptr, index)
        return self.rows.index_select(1, place)


class QueryLoader(DataLoader):
    r"""A loader of batches of queries, as their triples: heads, relations and tails.

    Args:
        queries (Queries): The queries.
        **kwargs: Arguments of :class:`torch.utils.data.DataLoader`; ``batch_size`` is a number of
            queries.
    """

    def __init__(self, queries: Queries, **kwargs: Any) -> None:
        self.queries = queries
        super().__init__(queries, collate_fn=tuple, **kwargs)  # type: ignore[arg-type]
