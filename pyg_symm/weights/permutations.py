r"""Permutations of classes of units, in gather form.

A permutation is a dictionary ``{class: p}`` with one :obj:`LongTensor` :math:`p` of the size of the
class. New row :math:`i` is old row :math:`p_i`, so that a tensor is permuted by
``tensor.index_select(dim, p)``. As a matrix, :math:`P_{i, p_i} = 1`.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

Permutation = dict[str, Tensor]


def identity(classes: Mapping[str, int]) -> Permutation:
    r"""The permutation that moves nothing.

    Args:
        classes (dict): The size of each class.

    Examples:
        >>> identity({"hidden": 3})
        {'hidden': tensor([0, 1, 2])}
    """
    return {name: torch.arange(size) for name, size in classes.items()}


def compose(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> Permutation:
    r"""One permutation that does what two do, one after the other.

    .. math::
        r_i = p_{q_i}

    Args:
        first (dict): The permutation :math:`p` that is applied first.
        second (dict): The permutation :math:`q` that is applied to its result.

    Raises:
        ValueError: If they have different classes.

    Examples:
        >>> p, q = {"hidden": torch.tensor([1, 2, 0])}, {"hidden": torch.tensor([0, 2, 1])}
        >>> compose(p, q)
        {'hidden': tensor([1, 0, 2])}
    """
    if first.keys() != second.keys():
        raise ValueError(
            f"'first' and 'second' must have the same classes "
            f"(got {sorted(first)} and {sorted(second)})"
        )
    return {name: p[second[name]] for name, p in first.items()}


def inverse(permutation: Mapping[str, Tensor]) -> Permutation:
    r"""The permutation that undoes another one.

    Examples:
        >>> inverse({"hidden": torch.tensor([1, 2, 0])})
        {'hidden': tensor([2, 0, 1])}
    """
    return {name: torch.argsort(p) for name, p in permutation.items()}


def check_permutation(permutation: Mapping[str, Tensor], classes: Mapping[str, int]) -> None:
    r"""Checks that permutations are of existing classes, each with every index once.

    Raises:
        ValueError: If a class is unknown or frozen, or its indices are not a permutation.
    """
    for name, p in permutation.items():
        if name not in classes:
            raise ValueError(
                f"'permutation' moves '{name}', which is frozen or no class (got {list(classes)})"
            )
        size = classes[name]
        if not isinstance(p, Tensor):
            raise ValueError(
                f"'permutation' must hold a tensor for class '{name}' (got {type(p).__name__})"
            )
        if p.dtype != torch.long or not torch.equal(p.sort()[0].cpu(), torch.arange(size)):
            raise ValueError(
                f"'permutation' must hold each of the {size} indices of class '{name}' once, as "
                f"integers of 64 bits (got {p.dtype} of shape {list(p.shape)})"
            )
