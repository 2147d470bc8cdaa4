"""Knowledge graphs: triples of three splits, and the names of entities and relations."""

from collections import Counter
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symm.utils import markdown_table

from .splits import SPLITS, check_split

Triples = tuple[Tensor, Tensor, Tensor]

_PROBLEMS = {
    "repeated": "repeated triples were dropped",
    "skipped": "triples with names that are in no training triple were skipped",
    "leaked": "triples are in an earlier split as well",
    "untrained": "entities are in no training triple",
}


class KnowledgeGraph:
    r"""Triples of a head, a relation and a tail, in three splits.

    Repeated triples of a split are dropped, and counted in :meth:`statistics`.

    Args:
        triples (dict): Heads, relations and tails of the splits ``"train"``, ``"val"`` and
            ``"test"``, each :math:`(3, T)`.
        entities (list): Names of entities.
        relations (list): Names of relations.
        name (str, optional): What the graph is called. (default: ``"KnowledgeGraph"``)

    Raises:
        ValueError: If a split is missing or empty, a number has no name, or names are repeated.

    Examples:
        >>> rows = torch.tensor([[0, 1], [0, 0], [1, 2]])
        >>> splits = {"train": rows, "val": rows[:, :1], "test": rows[:, 1:]}
        >>> graph = KnowledgeGraph(splits, ["a", "b", "c"], ["to"])
        >>> graph
        KnowledgeGraph(3 entities, 1 relations, 2 / 1 / 1 triples)
        >>> graph.data("train")
        Data(edge_index=[2, 2], edge_type=[2], num_nodes=3)
    """

    def __init__(
        self,
        triples: Mapping[str, Tensor],
        entities: Sequence[str],
        relations: Sequence[str],
        name: str = "KnowledgeGraph",
    ) -> None:
        self.name = name
        self.entities, self.relations = list(entities), list(relations)
        for role, names in (("entities", self.entities), ("relations", self.relations)):
            if len(set(names)) < len(names):
                twice = Counter(names).most_common(1)[0][0]
                raise ValueError(f"'{role}' must have different names (got {twice!r} twice)")
        self.splits: dict[str, Tensor] = {}
        self.repeated: dict[str, int] = {}
        self.skipped: dict[str, int] = {}  # Triples with unseen names, of readers.
        for split in SPLITS:
            if split not in triples or triples[split].numel() == 0:
                raise ValueError(f"'{split}' must have triples (got none)")
            rows = self._checked(split, triples[split])
            unique = _first_of_each(self._codes(rows))
            self.repeated[split] = rows.size(1) - unique.numel()
            self.splits[split] = rows[:, unique]

    @property
    def num_nodes(self) -> int:
        """The number of entities."""
        return len(self.entities)

    @property
    def num_relations(self) -> int:
        """The number of relations."""
        return len(self.relations)

    def triples(self, split: str) -> Triples:
        r"""Heads, relations and tails of a split, each :math:`(T)`.

        Args:
            split (str): ``"train"``, ``"val"`` or ``"test"``.

        Raises:
            ValueError: If there is no such split.
        """
        check_split(split)
        head, rel, tail = self.splits[split]
        return head, rel, tail

    @property
    def known(self) -> list[Triples]:
        """The triples of all splits, which filtered ranking does not count as mistakes."""
        return [self.triples(split) for split in SPLITS]

    def data(self, split: str) -> Data:
        r"""A split as a graph with ``edge_index`` :math:`(2, T)` and ``edge_type`` :math:`(T)`.

        Args:
            split (str): ``"train"``, ``"val"`` or ``"test"``.
        """
        head, rel, tail = self.triples(split)
        return Data(edge_index=torch.stack([head, tail]), edge_type=rel, num_nodes=self.num_nodes)

    def statistics(self) -> dict[str, dict[str, int]]:
        r"""Numbers of each split.

        ``triples``; ``repeated`` and ``skipped`` ones, which are not among them; ``leaked`` ones,
        which are in an earlier split as well; ``reversed`` ones, whose entities a training triple
        joins the other way round; and ``untrained``, entities that are in no training triple.
        """
        train = self.splits["train"]
        pairs = train[2] * self.num_nodes + train[0]
        trained = torch.cat([train[0], train[2]])
        seen = self._codes(train)[:0]
        out = {}
        for split, rows in self.splits.items():
            codes = self._codes(rows)
            reverse = torch.isin(rows[0] * self.num_nodes + rows[2], pairs)
            nodes = torch.cat([rows[0], rows[2]]).unique()
            out[split] = {
                "triples": rows.size(1),
                "repeated": self.repeated[split],
                "skipped": self.skipped.get(split, 0),
                "leaked": int(torch.isin(codes, seen).sum()),
                "reversed": int(reverse.sum()),
                "untrained": int((~torch.isin(nodes, trained)).sum()),
            }
            seen = torch.cat([seen, codes])
        return out

    def problems(self) -> list[str]:
        """Sentences on repeated, skipped and leaked triples and untrained entities, if any."""
        return [
            f"{self.name}, {split}: {row[key]:,} {text}."
            for split, row in self.statistics().items()
            for key, text in _PROBLEMS.items()
            if row[key] > 0
        ]

    def markdown(self) -> str:
        """The statistics as a table."""
        found = self.statistics()
        rows = [["split", *found["train"]]]
        rows += [[name, *(f"{n:,}" for n in row.values())] for name, row in found.items()]
        return markdown_table(rows)

    def _checked(self, split: str, rows: Tensor) -> Tensor:
        if rows.dim() != 2 or rows.size(0) != 3:
            raise ValueError(f"'{split}' must have the shape [3, T] (got {list(rows.shape)})")
        sizes = {"heads": self.num_nodes, "relations": self.num_relations, "tails": self.num_nodes}
        for part, (role, size) in zip(rows, sizes.items(), strict=True):
            low, high = (int(value) for value in part.aminmax())
            if low < 0 or high >= size:
                got = low if low < 0 else high
                raise ValueError(f"'{split}' must have {role} in [0, {size}) (got {got})")
        return rows.long()

    def _codes(self, rows: Tensor) -> Tensor:
        """One number for each triple."""
        return (rows[0] * self.num_relations + rows[1]) * self.num_nodes + rows[2]

    def __repr__(self) -> str:
        counts = " / ".join(f"{rows.size(1):,}" for rows in self.splits.values())
        sizes = f"{self.num_nodes:,} entities, {self.num_relations:,} relations"
        return f"{self.name}({sizes}, {counts} triples)"


def _first_of_each(codes: Tensor) -> Tensor:
    """Where each number is for the first time, in their order."""
    _, group = codes.unique(return_inverse=True)
    order = group.argsort(stable=True)
    first = torch.ones_like(order, dtype=torch.bool)
    first[1:] = group[order][1:] != group[order][:-1]
    return order[first].sort().values
