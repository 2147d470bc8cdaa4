"""How many units a merged module gets."""

from collections.abc import Mapping

from .factors import singular_values
from .units import Pool

Rank = int | float | Mapping[str, int] | None


def rank_of(rank: Rank, name: str, pool: Pool) -> int:
    r"""The rank of a merged module.

    Args:
        rank (int, float, dict or None): A number of units; a share of energy below 1, for the
            smallest rank that can capture it of the sum of all updates; a number for each module;
            or :obj:`None` for the largest rank of the module in an adapter.
        name (str): The module.
        pool (Pool): Its units.

    Raises:
        ValueError: If the rank is below one or larger than the number of units; the message names
            the module.
    """
    if rank is None:
        return max(pool.ranks)
    if isinstance(rank, Mapping):
        if name not in rank:
            raise ValueError(f"'rank' must have an entry for '{name}' (got {sorted(rank)})")
        rank = rank[name]
    if isinstance(rank, float) and 0 < rank < 1:
        return _by_energy(rank, pool)
    if isinstance(rank, bool) or not isinstance(rank, int) or not 1 <= rank <= pool.size:
        raise ValueError(
            f"'rank' of '{name}' must be a share of energy between 0 and 1, or from 1 to "
            f"{pool.size}, the number of its units (got {rank!r})"
        )
    return rank


def _by_energy(share: float, pool: Pool) -> int:
    energy = singular_values(pool.factors).square().cumsum(0)
    return min(int((energy < share * energy[-1]).sum()) + 1, pool.size)
