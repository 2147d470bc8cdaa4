"""Merges that keep the sum of updates: all of it, or its leading singular directions."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symm.utils import check_choice

from .adapter import Adapter
from .elementwise import check_density, elected, trimmed
from .factors import truncated
from .merged import SEMANTICS, Merged, merge
from .ranks import Rank, rank_of
from .units import Pool


def concat_adapters(
    adapters: Sequence[Adapter],
    *,
    semantics: str = "sum",
    weights: Sequence[float] | None = None,
) -> Adapter:
    r"""Puts the units of all adapters side by side: the exact sum or mean of their updates.

    The rank is the sum of ranks. A mean is over the adapters that have the module.

    Args:
        adapters (Sequence): Adapters of one base model.
        semantics (str, optional): ``"sum"`` or ``"mean"``. (default: :obj:`"sum"`)
        weights (Sequence, optional): A factor for each adapter; ones if not given.

    Raises:
        ValueError: If adapters do not fit together.

    Examples:
        >>> one = Adapter({"lin": (torch.ones(2, 3), torch.ones(4, 2), 0.5)})
        >>> both = concat_adapters([one, one])
        >>> both.rank("lin"), torch.allclose(both.delta("lin"), 2 * one.delta("lin"))
        (4, True)
    """
    check_choice("semantics", semantics, SEMANTICS)
    return merge(adapters, weights, lambda _, pool: Merged(pool.factors, _share(pool, semantics)))


def svd_merge(
    adapters: Sequence[Adapter],
    rank: Rank = None,
    *,
    semantics: str = "sum",
    weights: Sequence[float] | None = None,
) -> Adapter:
    r"""The best approximation of a rank for the sum or mean of updates, in Frobenius norm.

    It is the truncated singular value decomposition, computed from the factors in :math:`O(d M^2)`
    for :math:`M` units; no update is multiplied out.

    Args:
        adapters (Sequence): Adapters of one base model.
        rank (int, float, dict, optional): The rank; a share of energy below 1, for the smallest
            rank that captures it; or a number for each module. (default: the largest rank of the
            module in an adapter)
        semantics (str, optional): ``"sum"`` or ``"mean"``. (default: :obj:`"sum"`)
        weights (Sequence, optional): A factor for each adapter; ones if not given.

    Raises:
        ValueError: If adapters do not fit together, or if ``rank`` is larger than the number of
            units; the message names the module.

    Examples:
        >>> one = Adapter({"lin": (torch.eye(2, 3), torch.eye(4, 2), 1.0)})
        >>> merged = svd_merge([one, one], rank=2)  # The sum has rank 2.
        >>> torch.allclose(merged.delta("lin"), 2 * one.delta("lin"))
        True
    """
    check_choice("semantics", semantics, SEMANTICS)

    def rule(name: str, pool: Pool) -> Merged:
        found = truncated(pool.factors, rank_of(rank, name, pool))
        return Merged(found, _share(pool, semantics))

    return merge(adapters, weights, rule)


def knots_merge(
    adapters: Sequence[Adapter],
    *,
    density: float = 0.5,
    semantics: str = "sum",
    weights: Sequence[float] | None = None,
) -> Adapter:
    r"""TIES in a basis that all adapters share, as in `"Model merging with SVD to tie the KnOTS"
    <https://arxiv.org/abs/2410.19735>`_.

    The updates side by side, :math:`[\Delta W_1 \cdots \Delta W_N] = U S [V_1 \cdots V_N]`, share
    left singular vectors. The right factors :math:`V_i` are merged as by
    :func:`~pyg_symm.weights.lora.ties_merge`. The result does not depend on the gauge of factors.

    Args:
        adapters (Sequence): Adapters of one base model.
        density (float, optional): The share of entries of each right factor to keep.
            (default: :obj:`0.5`)
        semantics (str, optional): ``"sum"`` or ``"mean"``. (default: :obj:`"sum"`)
        weights (Sequence, optional): A factor for each adapter; ones if not given.

    Raises:
        ValueError: If adapters do not fit together, or if ``density`` is not above 0 and at most 1.
    """
    check_choice("semantics", semantics, SEMANTICS)
    check_density(density)

    def rule(_: str, pool: Pool) -> Merged:
        q, r = torch.linalg.qr(pool.b.T)  # [d_out, q], [q, M]
        parts = [r[:, rows] @ pool.a[rows] for rows in _rows(pool)]
        u, s, v = torch.linalg.svd(torch.cat(parts, 1), full_matrices=False)
        right = torch.stack(v.split(pool.a.size(1), dim=1))  # [N, q, d_in]
        a = elected(trimmed(right, density))
        root = s.sqrt().unsqueeze(1)
        return Merged((root * a, root * (q @ u).T), _share(pool, semantics))

    return merge(adapters, weights, rule)


def _rows(pool: Pool) -> list[Tensor]:
    owner = torch.tensor(pool.owner)
    return [(owner == number).nonzero().flatten() for number in sorted(set(pool.owner))]


def _share(pool: Pool, semantics: str) -> float:
    return 1.0 if semantics == "sum" else 1.0 / len(pool.present)
