"""Fewer units for one adapter."""

from typing import Any

from pyg_symm.utils import check_choice

from .adapter import Adapter
from .lego import lego_merge
from .merged import Merged, merge
from .ranks import Rank, rank_of
from .spectral import svd_merge
from .units import Pool

METHODS = ("lego", "svd", "magnitude")


def prune_adapter(
    adapter: Adapter, rank: Rank = None, *, method: str = "lego", **options: Any
) -> Adapter:
    r"""Reduces the rank of an adapter.

    Args:
        adapter (Adapter): The adapter.
        rank (int, float, dict, optional): The new rank; a share of energy below 1, for the smallest
            rank that can capture it; or a number for each module. (default: the rank as it is)
        method (str, optional): ``"lego"`` clusters units, as by
            :func:`~pyg_symm.weights.lora.lego_merge` of this adapter alone; ``"svd"`` comes closest
            to the update in Frobenius norm; ``"magnitude"`` keeps the units with the largest
            :math:`\|a_j\| \|b_j\|`. (default: :obj:`"lego"`)
        **options: Further arguments of :func:`~pyg_symm.weights.lora.lego_merge`.

    Raises:
        ValueError: If ``rank`` is larger than that of the adapter; the message names the module.

    Examples:
        >>> import torch
        >>> a, b = torch.eye(3), torch.diag(torch.tensor([3.0, 1.0, 2.0]))
        >>> pruned = prune_adapter(Adapter({"lin": (a, b, 1.0)}), rank=2, method="svd")
        >>> pruned.delta("lin").round().diag()
        tensor([3., 0., 2.])
    """
    check_choice("method", method, METHODS)
    if method == "lego":
        return lego_merge([adapter], rank, **options)
    if options:
        raise ValueError(f"method {method!r} takes no options (got {sorted(options)})")
    if method == "svd":
        return svd_merge([adapter], rank)
    return merge([adapter], None, lambda name, pool: _largest(pool, rank_of(rank, name, pool)))


def _largest(pool: Pool, rank: int) -> Merged:
    sizes = pool.a.norm(dim=1) * pool.b.norm(dim=1)
    kept = sizes.argsort(descending=True, stable=True)[:rank].sort().values
    return Merged((pool.a[kept], pool.b[kept]), clusters=[[unit] for unit in kept.tolist()])
