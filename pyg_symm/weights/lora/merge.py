"""One door to all ways of merging adapters."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pyg_symm.utils import check_choice

from .adapter import Adapter
from .elementwise import dare_merge, linear_merge, ties_merge
from .lego import lego_merge
from .spectral import concat_adapters, knots_merge, svd_merge

MERGES: dict[str, Callable[..., Adapter]] = {
    "lego": lego_merge,
    "svd": svd_merge,
    "cat": concat_adapters,
    "linear": linear_merge,
    "ties": ties_merge,
    "dare_linear": dare_merge,
    "dare_ties": partial(dare_merge, ties=True),
    "knots": knots_merge,
}


def merge_adapters(adapters: Sequence[Adapter], method: str = "lego", **options: Any) -> Adapter:
    r"""Merges adapters by the name of a method.

    Args:
        adapters (Sequence): Adapters of one base model.
        method (str, optional): ``"lego"`` clusters units; ``"svd"`` is the best approximation of a
            rank, ``"cat"`` the sum itself; ``"linear"``, ``"ties"``, ``"dare_linear"`` and
            ``"dare_ties"`` merge A and B entry by entry, as peft does; ``"knots"`` is TIES in a
            common basis. (default: :obj:`"lego"`)
        **options: Further arguments of the method.

    Raises:
        ValueError: If there is no such method, or if adapters do not fit together.

    Examples:
        >>> import torch
        >>> one = Adapter({"lin": (torch.eye(2, 3), torch.eye(4, 2), 1.0)})
        >>> merge_adapters([one, one], "svd", rank=1)
        Adapter(1 modules, rank 1)
    """
    check_choice("method", method, MERGES)
    return MERGES[method](adapters, **options)
