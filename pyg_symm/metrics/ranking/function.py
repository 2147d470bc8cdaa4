"""Filtered ranking of any model of triples."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from torch_geometric.nn.kge import KGEModel

from pyg_symm.nn.kge import score_all_heads, score_all_tails

from .known import SIDES, KnownTriples, Triples, check_triples
from .ranks import TIES, filtered_ranks, rank_sums
from .report import RankingReport, make_report

_BUDGET = 2**25  # Numbers that are scored, or embedded, at once.


@torch.no_grad()
def filtered_ranking(
    model: KGEModel,
    triples: Triples,
    known: Sequence[Triples] | KnownTriples | None = None,
    *,
    k: Sequence[int] = (1, 3, 10),
    sides: str = "both",
    batch_size: int = 1024,
    ties: str = "realistic",
) -> RankingReport:
    r"""Ranks the true tails and heads of triples among all entities, as papers do.

    Other entities that make a known triple are not counted: they are no mistakes. Unlike
    :meth:`torch_geometric.nn.kge.KGEModel.test`, ranks are filtered, of both sides, and count
    from 1; equal scores count half.

    Models that have ``score_tails`` and ``score_heads``, and those of PyG, score all entities by
    one product; others go through ``forward``. At most :math:`2^{25}` numbers are kept at a time,
    or those of one query.

    Args:
        model (KGEModel): Any model.
        triples (tuple): Heads, relations and tails to rank, each :math:`(T)`.
        known (list, optional): Tuples of heads, relations and tails that are true; for published
            figures those of training, validation and test. (default: :obj:`None`, which filters
            nothing)
        k (tuple, optional): Ranks up to these are hits. (default: :obj:`(1, 3, 10)`)
        sides (str, optional): ``"both"``, ``"head"`` or ``"tail"``. (default: ``"both"``)
        batch_size (int, optional): The most queries at once. (default: :obj:`1024`)
        ties (str, optional): ``"realistic"``, ``"optimistic"`` or ``"pessimistic"``.
            (default: ``"realistic"``)

    Raises:
        ValueError: If there is no triple, or an argument is out of range.

    Examples:
        >>> from torch_geometric.nn.kge import DistMult
        >>> model = DistMult(num_nodes=5, num_relations=2, hidden_channels=4)
        >>> test = tuple(torch.tensor([[0, 1, 2], [0, 1, 0], [3, 4, 1]]))
        >>> found = filtered_ranking(model, test, known=[test])
        >>> 0.2 <= found.mrr <= 1 and found.count == 6
        True
    """
    k = check_k(k)
    if sides != "both" and sides not in SIDES:
        raise ValueError(f"'sides' must be one of {['both', *SIDES]} (got {sides!r})")
    if ties not in TIES:
        raise ValueError(f"'ties' must be one of {list(TIES)} (got {ties!r})")
    if batch_size < 1:
        raise ValueError(f"'batch_size' must be positive (got {batch_size})")
    num_nodes, num_relations = model.num_nodes, model.num_relations
    stacked = check_triples("triples", triples, num_nodes, num_relations)
    if stacked.size(1) == 0:
        raise ValueError("'triples' must not be empty")
    if not isinstance(known, KnownTriples):
        known = KnownTriples(() if known is None else known, num_nodes, num_relations)
    elif (known.num_nodes, known.num_relations) != (num_nodes, num_relations):
        raise ValueError(
            f"'known' must be of the {num_nodes} entities and {num_relations} relations of the "
            f"model (got {known.num_nodes} and {known.num_relations})"
        )
    device = next(model.parameters()).device
    known.to(device)
    stacked = stacked.to(device)
    sums = torch.zeros(2, num_relations, 3 + len(k), dtype=torch.double, device=device)
    rows = min(batch_size, queries_at_once(num_nodes))
    with _evaluation(model):
        for side in SIDES if sides == "both" else (sides,):
            for head, rel, tail in stacked.split(rows, dim=1):
                ranks = triple_ranks(model, known, side, head, rel, tail, ties)
                sums[SIDES.index(side)] += rank_sums(ranks, rel, num_relations, k)
    return make_report(sums, known.categories(), k)


def triple_ranks(
    model: KGEModel,
    known: KnownTriples,
    side: str,
    head: Tensor,
    rel: Tensor,
    tail: Tensor,
    ties: str = "realistic",
) -> Tensor:
    r"""The filtered ranks of one side of some triples, from 1, in float64 :math:`(B)`.

    Args:
        model (KGEModel): Any model.
        known (KnownTriples): The triples that are true, on the device of the model.
        side (str): ``"head"`` or ``"tail"``.
        head (torch.Tensor): Heads :math:`(B)`.
        rel (torch.Tensor): Relations :math:`(B)`.
        tail (torch.Tensor): Tails :math:`(B)`.
        ties (str, optional): See :func:`filtered_ranking`. (default: ``"realistic"``)
    """
    given, target = (head, tail) if side == "tail" else (tail, head)
    others = known.others(side, given, rel, target)
    return filtered_ranks(all_scores(model, side, head, rel, tail), target, *others, ties)


def all_scores(model: KGEModel, side: str, head: Tensor, rel: Tensor, tail: Tensor) -> Tensor:
    r"""Scores of all entities on one side of triples :math:`(B, N)`.

    Args:
        model (KGEModel): Any model.
        side (str): ``"head"`` or ``"tail"``.
        head (torch.Tensor): Heads, not read if they are scored :math:`(B)`.
        rel (torch.Tensor): Relations :math:`(B)`.
        tail (torch.Tensor): Tails, not read if they are scored :math:`(B)`.
    """
    if side == "tail":
        scores = score_all_tails(model, head, rel)
    else:
        scores = score_all_heads(model, rel, tail)
    if scores is not None:
        return scores
    nodes = torch.arange(model.num_nodes, device=rel.device)
    size = max(1, _BUDGET // max(1, rel.numel() * model.hidden_channels))
    parts = []
    for some in nodes.split(size):
        shape = (rel.numel(), some.numel())
        other = some.expand(shape).reshape(-1)
        h, r, t = (index.unsqueeze(1).expand(shape).reshape(-1) for index in (head, rel, tail))
        pair = (h, r, other) if side == "tail" else (other, r, t)
        parts.append(model(*pair).view(shape))
    return torch.cat(parts, dim=1)


def queries_at_once(num_nodes: int) -> int:
    """How many queries to score at once, so that memory is bounded."""
    return max(1, _BUDGET // num_nodes)


def check_k(k: Sequence[int]) -> tuple[int, ...]:
    """Numbers of hits as a tuple, all of them positive."""
    if not isinstance(k, Sequence):
        raise ValueError(f"'k' must be a list of positive whole numbers (got {k!r})")
    if wrong := [n for n in k if isinstance(n, bool) or not isinstance(n, int) or n < 1]:
        raise ValueError(f"'k' must have positive whole numbers (got {wrong[0]!r})")
    return tuple(k)


@contextmanager
def _evaluation(model: torch.nn.Module) -> Iterator[None]:
    """Puts a model into evaluation mode for a while."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
