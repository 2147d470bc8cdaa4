"""Distances of rings of letters."""

from typing import Any

import numpy as np
import torch

from .distances import hamming_distances
from .letters import as_tensor, broadcast


def cyclic_hamming(a: Any, b: Any, reflect: bool = False) -> Any:
    r"""The smallest Hamming distance of two rings of letters under rotations.

    .. math::
        d(a, b) = \min_r | \{ j : a_{(j + r) \bmod n} \neq b_j \} |

    It is a metric of necklaces: rotating a ring does not change it.

    Args:
        a (torch.Tensor or numpy.ndarray): Integers :math:`(*, n)`.
        b (torch.Tensor or numpy.ndarray): Integers :math:`(*, n)`. Leading dimensions broadcast.
        reflect (bool, optional): If set to :obj:`True`, rings may be turned over, too.
            (default: :obj:`False`)

    Returns:
        torch.Tensor or numpy.ndarray: Distances :math:`(*)`.

    Raises:
        ValueError: If rings are empty, of two lengths, or not of integers, or if leading dimensions
            do not broadcast.

    Examples:
        >>> cyclic_hamming(torch.tensor([0, 1, 2, 3]), torch.tensor([2, 3, 0, 1]))
        tensor(0)
        >>> ring = torch.tensor([3, 2, 1, 0])
        >>> cyclic_hamming(torch.tensor([0, 1, 2, 3]), ring)
        tensor(2)
        >>> cyclic_hamming(torch.tensor([0, 1, 2, 3]), ring, reflect=True)
        tensor(0)
    """
    numpy = isinstance(a, np.ndarray) and isinstance(b, np.ndarray)
    first, second = as_tensor(a, "a"), as_tensor(b, "b")
    if first.size(-1) != second.size(-1) or first.size(-1) == 0:
        raise ValueError(
            f"'a' and 'b' must have the same positive length (got {first.size(-1)} and "
            f"{second.size(-1)})"
        )
    broadcast(a=first.shape[:-1], b=second.shape[:-1])
    twice = torch.cat([first, first[..., :-1]], dim=-1)
    found = hamming_distances(twice, second).amin(dim=-1)
    if reflect:
        found = torch.minimum(found, hamming_distances(twice, second.flip(-1)).amin(dim=-1))
    return found.numpy() if numpy else found
