"""True triples, looked up by their relation and one of their entities."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symm.utils import ptr_to_index

Triples = tuple[Tensor, Tensor, Tensor]

SIDES = ("head", "tail")
CATEGORIES = ("1-1", "1-N", "N-1", "N-N")
_MANY = 1.5  # From this mean number of tails of a head on, a relation is one to many.


class KnownTriples:
    r"""The triples that a filtered ranking does not count as mistakes.

    Each is kept as one number on either side, in order, so that a batch of queries is a binary
    search. Repeated triples count once.

    Args:
        triples (list): Tuples of heads, relations and tails, each :math:`(T)`.
        num_nodes (int): The number of entities.
        num_relations (int): The number of relations.

    Raises:
        ValueError: If it is no list, tensors have different sizes, or numbers are out of range.

    Examples:
        >>> head, rel, tail = torch.tensor([[0, 0, 1], [0, 0, 1], [1, 2, 0]])
        >>> known = KnownTriples([(head, rel, tail)], num_nodes=3, num_relations=2)
        >>> known.others("tail", head[:1], rel[:1], tail[:1])
        (tensor([0]), tensor([2]))
    """

    def __init__(self, triples: Sequence[Triples], num_nodes: int, num_relations: int) -> None:
        is_list = isinstance(triples, Sequence)
        if not is_list or any(isinstance(part, Tensor) and part.dim() < 2 for part in triples):
            got = "one tuple of triples" if is_list else type(triples).__name__
            raise ValueError(f"'known' must be a list of tuples of triples (got {got})")
        if num_nodes**2 * num_relations >= 2**63:
            sizes = f"{num_nodes} entities and {num_relations} relations"
            raise ValueError(f"'known' must have fewer triples to tell apart (got {sizes})")
        self.num_nodes, self.num_relations = num_nodes, num_relations
        parts = [check_triples("known", part, num_nodes, num_relations) for part in triples]
        empty = torch.empty(3, 0, dtype=torch.long)
        head, rel, tail = torch.cat([part.to("cpu") for part in parts] or [empty], dim=1)
        self.codes = {
            "head": (self._key(tail, rel) * num_nodes + head).unique(),
            "tail": (self._key(head, rel) * num_nodes + tail).unique(),
        }

    def to(self, device: torch.device | str) -> "KnownTriples":
        """The triples on a device, in the same object."""
        self.codes = {side: codes.to(device) for side, codes in self.codes.items()}
        return self

    def others(
        self, side: str, given: Tensor, rel: Tensor, target: Tensor
    ) -> tuple[Tensor, Tensor]:
        r"""The entities that also make a true triple of each query.

        Args:
            side (str): ``"head"`` or ``"tail"``, which is asked for.
            given (torch.Tensor): The entities on the other side :math:`(B)`.
            rel (torch.Tensor): The relations :math:`(B)`.
            target (torch.Tensor): The entities to leave out :math:`(B)`.

        Returns:
            tuple: For each the number of its query, and the entity.
        """
        codes = self.codes[side]
        first = self._key(given, rel) * self.num_nodes
        start = torch.searchsorted(codes, first)
        ends = (torch.searchsorted(codes, first + self.num_nodes) - start).cumsum(0)
        bounds = torch.cat([ends.new_zeros(1), ends])
        rows = ptr_to_index(bounds)
        place = torch.arange(rows.numel(), device=rows.device) + (start - bounds[:-1])[rows]
        nodes = codes[place] - first[rows]
        keep = nodes != target[rows]
        return rows[keep], nodes[keep]

    def categories(self) -> Tensor:
        r"""The category of each relation, a place in ``CATEGORIES`` :math:`(R)`.

        A side is many if there are 1.5 or more entities on it for each pair of a relation and an
        entity on the other, on average. Relations without triples are 1-1.
        """
        many = []
        for side in ("head", "tail"):  # 1-N has many tails.
            pairs, counts = (self.codes[side] // self.num_nodes).unique(return_counts=True)
            rel = pairs % self.num_relations
            total = counts.new_zeros(self.num_relations).index_add(0, rel, counts)
            queries = torch.bincount(rel, minlength=self.num_relations)
            many.append((total >= _MANY * queries) & (queries > 0))
        return 2 * many[0].long() + many[1].long()

    def _key(self, given: Tensor, rel: Tensor) -> Tensor:
        return given * self.num_relations + rel


def check_triples(name: str, triples: Triples, num_nodes: int, num_relations: int) -> Tensor:
    r"""Checks and stacks heads, relations and tails :math:`(3, T)`.

    Raises:
        ValueError: If there are not three tensors of one size, or numbers are out of range.
    """
    if len(triples) != 3:
        raise ValueError(f"'{name}' must have heads, relations and tails (got {len(triples)})")
    if wrong := [type(part).__name__ for part in triples if not isinstance(part, Tensor)]:
        raise ValueError(f"'{name}' must have three tensors (got {wrong[0]})")
    sizes = [list(part.shape) for part in triples]
    if any(part.dim() != 1 or part.shape != triples[0].shape for part in triples):
        raise ValueError(f"'{name}' must have three vectors of one size (got {sizes})")
    bounds = {"heads": num_nodes, "relations": num_relations, "tails": num_nodes}
    for part, (role, bound) in zip(triples, bounds.items(), strict=True):
        if part.is_floating_point() or part.dtype == torch.bool:
            raise ValueError(f"'{name}' must have whole numbers as {role} (got {part.dtype})")
        if part.numel() > 0:
            low, high = (int(value) for value in part.aminmax())
            if low < 0 or high >= bound:
                got = low if low < 0 else high
                raise ValueError(f"'{name}' must have {role} in [0, {bound}) (got {got})")
    return torch.stack([part.long() for part in triples])
