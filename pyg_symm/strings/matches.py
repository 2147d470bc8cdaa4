"""Places where a pattern nearly occurs."""

from typing import Any

import numpy as np

from .distances import hamming_distances
from .letters import as_tensor


def hamming_matches(
    text: Any, pattern: Any, k: int, *, wildcard: int | None = None
) -> tuple[Any, Any]:
    r"""The places of a text where at most ``k`` letters of a pattern differ.

    Args:
        text (torch.Tensor or numpy.ndarray): Integers :math:`(n)`.
        pattern (torch.Tensor or numpy.ndarray): Integers :math:`(m)`.
        k (int): The largest distance.
        wildcard (int, optional): A letter that equals every other. (default: :obj:`None`)

    Returns:
        tuple: Places, ascending, and their distances :math:`(V)`; arrays if text and pattern are.

    Raises:
        ValueError: If text or pattern is not a vector, or see
            :func:`~pyg_symm.strings.hamming_distances`.

    Examples:
        >>> import torch
        >>> hamming_matches(torch.tensor([0, 1, 2, 0, 1, 1]), torch.tensor([0, 1, 2]), k=1)
        (tensor([0, 3]), tensor([0, 1]))
    """
    numpy = isinstance(text, np.ndarray) and isinstance(pattern, np.ndarray)
    text, pattern = as_tensor(text, "text"), as_tensor(pattern, "pattern")
    for name, value in {"text": text, "pattern": pattern}.items():
        if value.dim() != 1:
            raise ValueError(f"'{name}' must be a vector (got shape {list(value.shape)})")
    if k is None:
        raise ValueError("'k' must be an integer (got None)")
    distance = hamming_distances(text, pattern, k=k, wildcard=wildcard)
    place = (distance <= k).nonzero().view(-1)
    found = place, distance[place]
    return (found[0].numpy(), found[1].numpy()) if numpy else found
