"""Probabilities of membership."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.utils import scatter

from pyg_symm.utils import index_to_ptr, rank_within


def bernoulli_entropy(logits: Tensor) -> Tensor:
    r"""The entropy of independent memberships with log-odds :math:`(N)`.

    Examples:
        >>> bernoulli_entropy(torch.tensor([0.0, -1000.0]))
        tensor([0.6931, 0.0000])
    """
    return F.softplus(logits) - logits * logits.sigmoid()


def top_k_mask(score: Tensor, index: Tensor, k: Tensor) -> Tensor:
    r"""The elements with the highest scores of each set; of equal ones, the first.

    Args:
        score (torch.Tensor): Scores :math:`(N)`.
        index (torch.Tensor): The set of each element :math:`(N)`.
        k (torch.Tensor): How many elements to take of each set :math:`(B)`.

    Returns:
        torch.Tensor: Whether each element is taken :math:`(N)`.

    Examples:
        >>> score, index = torch.tensor([0.3, 0.9, 0.5, 0.1]), torch.tensor([0, 0, 1, 1])
        >>> top_k_mask(score, index, torch.tensor([1, 2]))
        tensor([False,  True,  True,  True])
    """
    by_score = score.argsort(descending=True, stable=True)
    order = by_score[index[by_score].argsort(stable=True)]
    sets = index[order]
    mask = torch.zeros_like(index, dtype=torch.bool)
    mask[order] = rank_within(sets, index_to_ptr(index, k.numel())) < k[sets]
    return mask


def compared_cross_entropy(
    logits: Callable[[Tensor], Tensor], y: Tensor, index: Tensor, dim_size: int, score: Tensor
) -> Tensor:
    r"""The cross-entropy of :func:`compared_elements`, summed over sets, averaged over them.

    Args:
        logits (Callable): From numbers of elements :math:`(W)` to their log-odds :math:`(W)`.
        y (torch.Tensor): Whether each element is in the optimal subset :math:`(N)`.
        index (torch.Tensor): The set of each element :math:`(N)`.
        dim_size (int): The number of sets.
        score (torch.Tensor): Random numbers in :math:`[0, 1)`, :math:`(N)`.
    """
    wanted = compared_elements(y, index, dim_size, score).nonzero().view(-1)
    found = logits(wanted)
    target = y[wanted].to(found.dtype)
    return F.binary_cross_entropy_with_logits(found, target, reduction="sum") / dim_size


def compared_elements(y: Tensor, index: Tensor, dim_size: int, score: Tensor) -> Tensor:
    r"""The members of the optimal subset of each set, and as many other elements.

    Of a set whose optimal subset is empty, one element is taken.

    Args:
        y (torch.Tensor): Whether each element is in the optimal subset :math:`(N)`.
        index (torch.Tensor): The set of each element :math:`(N)`.
        dim_size (int): The number of sets.
        score (torch.Tensor): Random numbers in :math:`[0, 1)`; the highest are taken :math:`(N)`.

    Returns:
        torch.Tensor: Whether each element is taken :math:`(N)`.

    Examples:
        >>> y, score = torch.tensor([1, 0, 0, 0]).bool(), torch.tensor([0.9, 0.1, 0.4, 0.2])
        >>> compared_elements(y, torch.zeros(4, dtype=torch.long), 1, score)
        tensor([ True, False,  True, False])
    """
    members = scatter(y.long(), index, dim_size=dim_size)
    others = scatter((~y).long(), index, dim_size=dim_size)
    k = torch.minimum(members.clamp(min=1), others)
    return y | top_k_mask(score.masked_fill(y, -1), index, k)
