"""Distances of a pattern from all places of a text."""

from typing import Any

import numpy as np

from .bounded import bounded_distances
from .exact import exact_distances
from .letters import as_tensor, check_bound, number_letters
from .plan import make_plan


def hamming_distances(
    text: Any,
    pattern: Any,
    *,
    method: str = "auto",
    k: int | None = None,
    wildcard: int | None = None,
) -> Any:
    r"""The Hamming distances of a pattern from all places of a text.

    .. math::
        D_i = | \{ j < m : t_{i + j} \neq p_j \} |, \qquad i = 0, \dots, n - m

    Methods are exact and differ in time, with :math:`s` letters in the pattern:

    - ``"brute"`` compares all letters, :math:`O(n m)`
    - ``"fft"`` correlates each letter by Fourier transforms, :math:`O(s n \log m)`
    - ``"hybrid"`` transforms frequent letters and counts the pairs of rare ones, as Abrahamson and
      Kosaraju, :math:`O(n \sqrt{m \log m})`
    - ``"auto"`` takes what costs least by a model of the costs

    The bounds :math:`O(n \sqrt{m})` and :math:`O(n + n k / \sqrt{m})` of the `"Faster Algorithms
    for Text-to-Pattern Hamming Distances" <https://arxiv.org/abs/2310.13174>`_ paper are not
    attained: they need transforms of letters that are packed into words.

    Args:
        text (torch.Tensor or numpy.ndarray): Integers :math:`(*, n)`.
        pattern (torch.Tensor or numpy.ndarray): Integers :math:`(*, m)`. Leading dimensions
            broadcast.
        method (str, optional): See above. (default: ``"auto"``)
        k (int, optional): Larger distances are returned as ``k + 1``. Places where no part of the
            pattern matches are then not compared. (default: :obj:`None`)
        wildcard (int, optional): A letter that equals every other, in text and pattern.
            (default: :obj:`None`)

    Returns:
        torch.Tensor or numpy.ndarray: Distances :math:`(*, n - m + 1)` of type int64.

    Raises:
        ValueError: If letters are not integers, the pattern is empty or longer than the text,
            leading dimensions do not broadcast, ``k`` is negative or not an integer, ``wildcard``
            is not an integer, or there is no such method.

    Examples:
        >>> import torch
        >>> text = torch.tensor([0, 1, 2, 0, 1, 1])
        >>> hamming_distances(text, torch.tensor([0, 1, 2]))
        tensor([0, 3, 3, 1])
        >>> hamming_distances(text, torch.tensor([0, 1, 2]), k=1)
        tensor([0, 2, 2, 1])
        >>> hamming_distances(text, torch.tensor([0, 9, 2]), wildcard=9)
        tensor([0, 2, 2, 1])
    """
    numpy = isinstance(text, np.ndarray) and isinstance(pattern, np.ndarray)
    check_bound(k)
    letters = number_letters(as_tensor(text, "text"), as_tensor(pattern, "pattern"), wildcard)
    plan = make_plan(letters, method)
    if k is not None and method == "auto" and wildcard is None:
        found = bounded_distances(letters, k, plan)
    else:
        found = exact_distances(letters, plan)
        found = found if k is None else found.clamp(max=k + 1)
    found = found.view(*letters.shape, letters.num_shifts)
    return found.numpy() if numpy else found
