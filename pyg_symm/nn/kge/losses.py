"""Logistic losses of a true entity against all others, or against some."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.utils import check_choice, check_sizes


def one_vs_all(scores: Tensor, target: Tensor) -> Tensor:
    r"""The logistic loss of all entities, of which one is true, without a mask of their size.

    .. math::
        \sum_{e \ne t} \mathrm{softplus}(s_e) + \mathrm{softplus}(-s_t)
        = \sum_e \mathrm{softplus}(s_e) - s_t

    Args:
        scores (torch.Tensor): Scores of all entities :math:`(B, N)`.
        target (torch.Tensor): The true ones :math:`(B)`.

    Returns:
        torch.Tensor: The mean over the batch.
    """
    true = scores.gather(1, target.unsqueeze(1)).squeeze(1)
    return (F.softplus(scores).sum(dim=1) - true).mean()


def k_vs_all(
    score: Callable[[Tensor, Tensor], Tensor],
    head: Tensor,
    rel: Tensor,
    tail: Tensor,
    num_nodes: int,
) -> Tensor:
    r"""The logistic loss of all entities for each distinct head and relation, whose tails are true.

    .. math::
        \sum_{e \notin T} \mathrm{softplus}(s_e) + \sum_{t \in T} \mathrm{softplus}(-s_t)
        = \sum_e \mathrm{softplus}(s_e) - \sum_{t \in T} s_t

    Args:
        score (Callable): From heads and relations, each :math:`(Q)`, to scores of all entities
            :math:`(Q, N)`.
        head (torch.Tensor): Heads :math:`(B)`. Repeated triples count once.
        rel (torch.Tensor): Relations :math:`(B)`.
        tail (torch.Tensor): Tails :math:`(B)`.
        num_nodes (int): The number of entities :math:`N`.

    Returns:
        torch.Tensor: The mean over the distinct heads and relations.
    """
    triples = ((rel.long() * num_nodes + head) * num_nodes + tail).unique()
    queries, row = (triples // num_nodes).unique_consecutive(return_inverse=True)
    scores = score(queries % num_nodes, queries // num_nodes)
    true = scores.view(-1)[row * num_nodes + triples % num_nodes]
    return (F.softplus(scores).sum() - true.sum()) / queries.numel()


def draw_nodes(
    num_nodes: int, num: int, device: torch.device, generator: torch.Generator | None = None
) -> Tensor:
    """Entities, drawn uniformly and with replacement where the generator is."""
    place = device if generator is None else generator.device
    return torch.randint(num_nodes, (num,), generator=generator, device=place).to(device)


def importance_weighted(true: Tensor, scores: Tensor, clash: Tensor, num_nodes: int) -> Tensor:
    r"""An unbiased estimate of :func:`one_vs_all` from entities that were drawn uniformly.

    .. math::
        \mathrm{softplus}(-s_t) + \frac{N}{K} \sum_{k=1}^K [e_k \ne t] \, \mathrm{softplus}(s_{e_k})

    Args:
        true (torch.Tensor): Scores of the true entities :math:`(B)`.
        scores (torch.Tensor): Scores of the drawn ones :math:`(B, K)`.
        clash (torch.Tensor): Where the drawn entity is the true one :math:`(B, K)`.
        num_nodes (int): The number of entities :math:`N`.

    Returns:
        torch.Tensor: The mean over the batch.
    """
    others = F.softplus(scores).masked_fill(clash, 0.0).sum(dim=1)
    return (F.softplus(-true) + num_nodes / scores.size(1) * others).mean()


def self_adversarial(true: Tensor, scores: Tensor, clash: Tensor, num_nodes: int) -> Tensor:
    r"""Weighs the drawn entities by the model's own belief in them, as in the `"RotatE"
    <https://arxiv.org/abs/1902.10197>`_ paper.

    .. math::
        \mathrm{softplus}(-s_t) + \sum_k w_k \, \mathrm{softplus}(s_{e_k}), \qquad
        w = \mathrm{softmax}(s)

    Weights have no gradient. It takes the arguments of :func:`importance_weighted`.
    """
    weight = scores.detach().masked_fill(clash, torch.finfo(scores.dtype).min).softmax(dim=1)
    others = (weight * F.softplus(scores)).masked_fill(clash, 0.0).sum(dim=1)
    return (F.softplus(-true) + others).mean()


SAMPLED: dict[str, Callable[[Tensor, Tensor, Tensor, int], Tensor]] = {
    "sampled": importance_weighted,
    "self_adversarial": self_adversarial,
}

_LOSSES = ("one_vs_all", *SAMPLED, "k_vs_all")


def check_loss(loss: str, num_negatives: int | None, sparse: bool, inverse_relations: bool) -> None:
    """Refuses a loss that is not known, or does not fit other arguments of a model."""
    check_choice("loss", loss, _LOSSES)
    if loss not in SAMPLED and (num_negatives is not None or sparse):
        got = "sparse=True" if sparse else f"num_negatives={num_negatives}"
        raise ValueError(f"'loss' must be one of {list(SAMPLED)} for {got} (got {loss!r})")
    if loss == "k_vs_all" and not inverse_relations:
        raise ValueError("'inverse_relations' must be True for loss='k_vs_all' (got False)")
    if num_negatives is not None:
        check_sizes(1, num_negatives=num_negatives)
