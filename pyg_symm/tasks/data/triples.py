"""Triples of a knowledge graph, in batches."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from pyg_symm.datasets import KnowledgeGraph
from pyg_symm.metrics.ranking.function import queries_at_once
from pyg_symm.nn.kge import Queries
from pyg_symm.utils import check_limit, evenly_spread

from .epochs import EpochDataModule

_QUERIES = 1024  # Of a batch that is ranked.


class TripleBatch:
    r"""Some triples.

    Args:
        rows (torch.Tensor): Heads, relations and tails :math:`(3, B)`.
    """

    def __init__(self, rows: Tensor) -> None:
        self.rows = rows

    @property
    def triples(self) -> tuple[Tensor, Tensor, Tensor]:
        """Heads, relations and tails, each :math:`(B)`."""
        head, rel, tail = self.rows
        return head, rel, tail

    @property
    def num_graphs(self) -> int:
        """The number of triples, as tasks ask for it."""
        return self.rows.size(1)

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "TripleBatch":
        """The triples on a device."""
        return TripleBatch(self.rows.to(device, non_blocking=non_blocking))


class TripleBatches:
    r"""A loader of batches of triples, which gathers columns instead of collating items.

    Args:
        rows (torch.Tensor): Heads, relations and tails :math:`(3, T)`.
        batch_size (int): The number of triples in a batch.
        order (iterable, optional): Numbers of triples, iterated over once an epoch.
            (default: all, in their order)
    """

    def __init__(self, rows: Tensor, batch_size: int, order: Iterable[int] | None = None) -> None:
        self.rows, self.batch_size, self.order = rows, batch_size, order

    def __len__(self) -> int:
        return -(-self.rows.size(1) // self.batch_size)

    def __iter__(self) -> Iterator[TripleBatch]:
        rows = self.rows
        if self.order is not None:
            rows = rows[:, torch.tensor(list(self.order)).to(rows.device)]
        for part in rows.split(self.batch_size, dim=1):
            yield TripleBatch(part)


class QueryBatches:
    r"""A loader of batches of queries, each with the triples of all its answers.

    Args:
        queries (Queries): The queries.
        batch_size (int): The number of queries in a batch.
        order (iterable): Numbers of queries, iterated over once an epoch.
    """

    def __init__(self, queries: Queries, batch_size: int, order: Iterable[int]) -> None:
        self.queries, self.batch_size, self.order = queries, batch_size, order

    def __len__(self) -> int:
        return -(-len(self.queries) // self.batch_size)

    def __iter__(self) -> Iterator[TripleBatch]:
        order = torch.tensor(list(self.order)).to(self.queries.rows.device)
        for part in order.split(self.batch_size):
            yield TripleBatch(self.queries.take(part))


class TripleData(EpochDataModule):
    r"""The splits of a knowledge graph.

    Args:
        graph (KnowledgeGraph): The graph.
        batch_size (int, optional): The number of training triples in a batch.
            (default: :obj:`256`)
        seed (int, optional): The seed of the shuffling. (default: :obj:`0`)
        limit (int, optional): Train on at most this many triples, evenly spread. (default: all)
        val_limit (int, optional): Rank at most this many triples in validation, evenly spread.
            (default: all)
        by_query (bool, optional): Whether training batches are whole queries of both directions,
            as ``loss="k_vs_all"`` of :class:`~pyg_symm.nn.kge.NFE` needs them; ``batch_size`` is
            then a number of queries. (default: :obj:`False`)

    Examples:
        >>> rows = torch.tensor([[0, 1], [0, 0], [1, 2]])
        >>> graph = KnowledgeGraph({"train": rows, "val": rows, "test": rows}, list("abc"), ["r"])
        >>> TripleData(graph).describe()
        {'num_nodes': 3, 'num_relations': 1}
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        batch_size: int = 256,
        seed: int = 0,
        limit: int | None = None,
        val_limit: int | None = None,
        by_query: bool = False,
    ) -> None:
        super().__init__(batch_size, seed, limit, graph.name)
        check_limit(val_limit, "val_limit")
        self.graph, self.by_query = graph, by_query
        self.notes = graph.problems()
        train, val, test = (graph.splits[split] for split in ("train", "val", "test"))
        self.train_rows, self.val_rows = _spread(train, limit), _spread(val, val_limit)
        self.test_rows = test

    @property
    def train(self) -> Tensor:
        """The training triples, one in a row :math:`(T, 3)`."""
        return self.train_rows.t()

    def describe(self) -> dict[str, int]:
        """The numbers of entities and relations."""
        return {"num_nodes": self.graph.num_nodes, "num_relations": self.graph.num_relations}

    @classmethod
    def example_sizes(cls) -> dict[str, int]:
        return {"num_nodes": 5, "num_relations": 2}

    def summary(self) -> str:
        return "\n".join([str(self.graph), self.graph.markdown(), super().summary()])

    def train_dataloader(self) -> Any:
        rows = self._here(self.train_rows)
        if self.by_query:
            head, rel, tail = rows
            queries = Queries(head, rel, tail, self.graph.num_relations)
            return QueryBatches(queries, self.batch_size, self.sampler(len(queries)))
        return TripleBatches(rows, self.batch_size, self.sampler(rows.size(1)))

    def val_dataloader(self) -> Any:
        return TripleBatches(self._here(self.val_rows), self._queries)

    def test_dataloader(self) -> Any:
        return TripleBatches(self._here(self.test_rows), self._queries)

    @property
    def _queries(self) -> int:
        return min(_QUERIES, queries_at_once(self.graph.num_nodes))

    def _here(self, rows: Tensor) -> Tensor:
        """Triples on the device of the run."""
        return rows if self.trainer is None else rows.to(self.trainer.strategy.root_device)


def _spread(rows: Tensor, limit: int | None) -> Tensor:
    if limit is None or limit >= rows.size(1):
        return rows
    return rows[:, evenly_spread(limit, rows.size(1))]
