"""A space by its orientations."""

import copy
from numbers import Integral

from pyg_symm.groups import OrientationGrid

from .edge_points import EdgePoints
from .grid_bundle import GridBundle
from .positions import PooledPositions, Positions
from .space import Space


def space_resolver(
    orientations: int | str | OrientationGrid,
    dim: int = 3,
    cutoff: float | None = None,
    pooled: bool = False,
) -> Space:
    r"""The space of a network.

    Args:
        orientations (int, str or OrientationGrid): A number of orientations, :obj:`0` for
            positions only, ``"edges"`` for edges as oriented points, or a grid, which is copied.
        dim (int, optional): The dimension of space :math:`n`. (default: :obj:`3`)
        cutoff (float, optional): Where kernels end. (default: :obj:`None`)
        pooled (bool, optional): Whether what is read is summed over a graph.
            (default: :obj:`False`)

    Raises:
        ValueError: If there is no such space.

    Examples:
        >>> space_resolver(20)
        GridBundle(
          (grid): OrientationGrid(20, dim=3, kind='dodecahedron')
        )
    """
    if dim not in (2, 3):
        raise ValueError(f"'dim' must be 2 or 3 (got {dim!r})")
    if isinstance(orientations, OrientationGrid):
        if orientations.dim != dim:
            raise ValueError(
                f"'orientations' must be a grid of {dim} dimensions, or 'dim' another number "
                f"(got {orientations})"
            )
        # A copy: a network that loads another grid must not change it in the others.
        return GridBundle(copy.deepcopy(orientations))
    if orientations == "edges":
        return EdgePoints()
    if isinstance(orientations, bool) or not isinstance(orientations, Integral) or orientations < 0:
        raise ValueError(
            f"'orientations' must be a number, 'edges' or an 'OrientationGrid' (got "
            f"{orientations!r})"
        )
    if orientations > 0:
        return GridBundle(OrientationGrid(int(orientations), dim))
    return PooledPositions(cutoff) if pooled else Positions(cutoff)
