"""Vertices of regular solids as quadrature rules on the sphere, all in one frame.

Every set with the icosahedron's symmetry is left as it is by the 120 elements of
:func:`~pyg_symm.groups.icosahedral_group`, and so are unions of them.
"""

from itertools import islice

import torch
from torch import Tensor

from .rotations import GOLDEN
from .zonal import zonal_polynomials

_ICOSAHEDRON, _DODECAHEDRON = "icosahedron", "dodecahedron"
_ICOSIDODECAHEDRON = "icosidodecahedron"
# The orbits of each rule, and the degrees at which its symmetry alone leaves an error.
_RULES: dict[str, tuple[int, tuple[str, ...], tuple[int, ...]]] = {
    "tetrahedron": (4, ("tetrahedron",), ()),
    "octahedron": (6, ("octahedron",), ()),
    "cube": (8, ("cube",), ()),
    _ICOSAHEDRON: (12, (_ICOSAHEDRON,), ()),
    _DODECAHEDRON: (20, (_DODECAHEDRON,), ()),
    _ICOSIDODECAHEDRON: (30, (_ICOSIDODECAHEDRON,), ()),
    f"{_ICOSAHEDRON}+{_DODECAHEDRON}": (32, (_ICOSAHEDRON, _DODECAHEDRON), (6,)),
    f"{_ICOSAHEDRON}+{_ICOSIDODECAHEDRON}": (42, (_ICOSAHEDRON, _ICOSIDODECAHEDRON), (6,)),
    f"{_ICOSAHEDRON}+{_DODECAHEDRON}+{_ICOSIDODECAHEDRON}": (
        62,
        (_ICOSAHEDRON, _DODECAHEDRON, _ICOSIDODECAHEDRON),
        (6, 10),
    ),
}
POLYHEDRA = {name: num for name, (num, _, _) in _RULES.items()}


def polyhedron(name: str) -> tuple[Tensor, Tensor]:
    r"""The vertices of a solid, or of several together, with quadrature weights.

    The weights are in the order of the name.

    ================================================ ====== ============================== ======
    name                                             points weight of a point              degree
    ================================================ ====== ============================== ======
    ``tetrahedron``                                  4      1/4                            2
    ``octahedron``                                   6      1/6                            3
    ``cube``                                         8      1/8                            3
    ``icosahedron``                                  12     1/12                           5
    ``dodecahedron``                                 20     1/20                           5
    ``icosidodecahedron``                            30     1/30                           5
    ``icosahedron+dodecahedron``                     32     25/840, 27/840                 9
    ``icosahedron+icosidodecahedron``                42     25/1260, 32/1260               9
    ``icosahedron+dodecahedron+icosidodecahedron``   62     625, 243 and 512 over 27720     11
    ================================================ ====== ============================== ======

    Among harmonics of a degree :math:`l < 12`, only :math:`l = 0, 6, 10` have one that the
    icosahedral group leaves unchanged. One weight for each orbit of the group can therefore make
    as many of these sums vanish; the weights above solve these equations.

    Args:
        name (str): The name of the rule.

    Returns:
        tuple: Unit vectors :math:`(O, 3)` and weights of sum one :math:`(O)`, in float64.

    Raises:
        ValueError: If there is no such rule.

    Examples:
        >>> points, weights = polyhedron("icosahedron+dodecahedron")
        >>> (weights * 840).round().unique(return_counts=True)
        (tensor([25., 27.], dtype=torch.float64), tensor([12, 20]))
    """
    if name not in _RULES:
        raise ValueError(f"'name' must be one of {list(_RULES)} (got {name!r})")
    _, parts, degrees = _RULES[name]
    orbits = [_vertices(part) for part in parts]
    weights = _orbit_weights(orbits, degrees)
    sizes = torch.tensor([orbit.size(0) for orbit in orbits])
    return torch.cat(orbits), (weights / sizes).repeat_interleave(sizes)


def _orbit_weights(orbits: list[Tensor], degrees: tuple[int, ...]) -> Tensor:
    """Weights of whole orbits, of sum one, with vanishing sums at the given degrees."""
    rows = [torch.ones(len(orbits), dtype=torch.double)]
    for degree in degrees:
        sums = [
            next(islice(zonal_polynomials(orbit @ orbits[0].T, 3), degree, None)).mean()
            for orbit in orbits
        ]
        rows.append(torch.stack(sums))
    right = torch.zeros(len(rows), dtype=torch.double)
    right[0] = 1.0
    return torch.linalg.solve(torch.stack(rows), right) if degrees else right


def _vertices(name: str) -> Tensor:
    if name == "icosidodecahedron":  # The middles of the icosahedron's edges.
        corners = _vertices("icosahedron")
        ends = ((corners @ corners.T - 1 / 5**0.5).abs() < 1e-6).triu().nonzero()
        points = corners[ends[:, 0]] + corners[ends[:, 1]]
    else:
        signs = torch.cartesian_prod(*[torch.tensor([1.0, -1.0], dtype=torch.double)] * 3)
        some = {
            "tetrahedron": [[1.0, 1.0, 1.0]],
            "cube": [[1.0, 1.0, 1.0]],
            "octahedron": [[0.0, 0.0, 1.0]],
            "icosahedron": [[0.0, 1.0, GOLDEN]],
            # The other order, (0, 1 / GOLDEN, GOLDEN), is its mirror image.
            "dodecahedron": [[1.0, 1.0, 1.0], [0.0, GOLDEN, 1 / GOLDEN]],
        }[name]
        cycles = [corner[-shift:] + corner[:-shift] for corner in some for shift in range(3)]
        points = (torch.tensor(cycles, dtype=torch.double).unsqueeze(1) * signs).view(-1, 3)
        points = points + 0.0  # No negative zeros.
        points = torch.stack([p for i, p in enumerate(points) if not _seen(p, points[:i])])
        if name == "tetrahedron":
            points = points[points.prod(1) > 0]
    return points / torch.linalg.vector_norm(points, dim=1, keepdim=True)


def _seen(point: Tensor, others: Tensor) -> bool:
    return bool((others == point).all(1).any())
