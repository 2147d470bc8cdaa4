"""Ranks from scores."""

import torch
from torch import Tensor

#: The share of the entities with an equal score that are ranked before the true one.
TIES = {"realistic": 0.5, "optimistic": 0.0, "pessimistic": 1.0}


def filtered_ranks(
    scores: Tensor, target: Tensor, rows: Tensor, nodes: Tensor, ties: str = "realistic"
) -> Tensor:
    r"""Ranks of true entities, without some other ones.

    .. math::
        1 + |\{e : s_e > s_t\}| + \tfrac{1}{2} |\{e \ne t : s_e = s_t\}|

    A score that is NaN is worse than every number.

    Args:
        scores (torch.Tensor): Scores of all entities :math:`(B, N)`.
        target (torch.Tensor): The true ones :math:`(B)`.
        rows (torch.Tensor): Queries of entities that do not count :math:`(P)`.
        nodes (torch.Tensor): These entities, without repetition and true ones :math:`(P)`.
        ties (str, optional): ``"realistic"`` is the mean of all orders of equal scores,
            ``"optimistic"`` the best and ``"pessimistic"`` the worst. (default: ``"realistic"``)

    Returns:
        torch.Tensor: Ranks from 1, in float64 :math:`(B)`.

    Raises:
        ValueError: If there is no such way to treat ties.

    Examples:
        >>> scores = torch.tensor([[0.5, 0.9, 0.5, 0.5]])
        >>> none = torch.empty(0, dtype=torch.long)
        >>> filtered_ranks(scores, torch.tensor([0]), none, none)
        tensor([3.], dtype=torch.float64)
    """
    if ties not in TIES:
        raise ValueError(f"'ties' must be one of {list(TIES)} (got {ties!r})")
    true = scores.gather(1, target.unsqueeze(1))
    above, equal = (part.sum(dim=1) for part in _compare(scores, true))
    left_out = _compare(scores[rows, nodes], true[rows, 0])
    above = above.index_add(0, rows, left_out[0].long(), alpha=-1)
    equal = equal.index_add(0, rows, left_out[1].long(), alpha=-1) - 1  # Without the entity itself.
    return 1 + above.double() + TIES[ties] * equal.double()


def _compare(scores: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
    """Which scores are better than the true one, and which are equal."""
    above, equal = scores > true, scores == true
    lost = true.isnan()
    if bool(lost.any()):
        nan = scores.isnan()
        above, equal = above | (lost & ~nan), equal | (lost & nan)
    return above, equal


def rank_sums(ranks: Tensor, rel: Tensor, num_relations: int, k: tuple[int, ...]) -> Tensor:
    r"""Sums over the queries of each relation: of ones, ranks, reciprocal ranks and hits.

    Args:
        ranks (torch.Tensor): Ranks :math:`(B)`.
        rel (torch.Tensor): Relations :math:`(B)`.
        num_relations (int): The number of relations.
        k (tuple): Ranks up to these are hits.

    Returns:
        torch.Tensor: Sums in float64 :math:`(R, 3 + K)`.
    """
    columns = [torch.ones_like(ranks), ranks, ranks.reciprocal(), *((ranks <= n) for n in k)]
    values = torch.stack([column.double() for column in columns], dim=1)
    return values.new_zeros(num_relations, values.size(1)).index_add(0, rel, values)
