"""Options of samples of a group."""

import math

from pyg_symm.utils import check_sizes


def check_sampling(num: int, std: float, weights: str, rotations: str) -> None:
    r"""Checks how many samples there are to be, and their distribution.

    Raises:
        ValueError: If one of the options is none of those of
            :meth:`pyg_symm.groups.LieGroup.sample`.
    """
    check_sizes(1, num=num)
    if not 0 < std < float("inf"):
        raise ValueError(f"'std' must be above 0 and finite (got {std!r})")
    if weights not in ("haar", "lognormal"):
        raise ValueError(f"'weights' must be 'haar' or 'lognormal' (got {weights!r})")
    if rotations not in ("stratified", "haar"):
        raise ValueError(f"'rotations' must be 'stratified' or 'haar' (got {rotations!r})")


def check_angle(max_angle: float | None, n: int, rotations: str) -> None:
    r"""Checks the arc that rotations come from.

    Raises:
        ValueError: If it is out of range, or there is no arc.
    """
    if max_angle is None:
        return
    if n != 2 or rotations != "stratified":
        raise ValueError(
            f"'max_angle' must be None unless n is 2 and rotations are stratified (got "
            f"{max_angle!r} for n = {n} and {rotations!r})"
        )
    if not 0 < max_angle <= math.pi:
        raise ValueError(f"'max_angle' must be in (0, pi] (got {max_angle!r})")
