"""Rotations and reflections as matrices: random ones, and those of the regular solids."""

import math
from functools import lru_cache

import torch
from torch import Tensor

GOLDEN = (1 + math.sqrt(5)) / 2


def random_orthogonal(
    num: int,
    dim: int = 3,
    generator: torch.Generator | None = None,
    dtype: torch.dtype | None = None,
    device: torch.device | str | None = None,
) -> Tensor:
    r"""Orthogonal matrices drawn from the Haar measure of :math:`O(n)`, reflections included.

    Args:
        num (int): The number of matrices.
        dim (int, optional): Their size :math:`n`. (default: :obj:`3`)
        generator (torch.Generator, optional): Source of random numbers.
        dtype (torch.dtype, optional): Their type. (default: the default type)
        device (torch.device, optional): Where they go. (default: the device of the generator)

    Returns:
        torch.Tensor: Matrices :math:`(\mathrm{num}, n, n)`.

    Examples:
        >>> matrices = random_orthogonal(2, generator=torch.Generator().manual_seed(0))
        >>> torch.allclose(matrices @ matrices.mT, torch.eye(3), atol=1e-6)
        True
    """
    if num < 0 or dim < 1:
        raise ValueError(f"'num' must be 0 or more, 'dim' 1 or more (got {num} and {dim})")
    source = torch.device("cpu") if generator is None else generator.device
    normal = torch.randn(num, dim, dim, generator=generator, dtype=torch.double, device=source)
    q = orthogonal_of(normal)
    return q.to(dtype=dtype or torch.get_default_dtype(), device=device or source)


def random_rotations(
    num: int,
    dim: int = 3,
    generator: torch.Generator | None = None,
    dtype: torch.dtype | None = None,
    device: torch.device | str | None = None,
) -> Tensor:
    r"""Rotations drawn from the Haar measure of :math:`SO(n)`.

    Args:
        num (int): The number of matrices.
        dim (int, optional): Their size :math:`n`. (default: :obj:`3`)
        generator (torch.Generator, optional): Source of random numbers.
        dtype (torch.dtype, optional): Their type. (default: the default type)
        device (torch.device, optional): Where they go. (default: the device of the generator)

    Returns:
        torch.Tensor: Matrices :math:`(\mathrm{num}, n, n)`.

    Examples:
        >>> rotation = random_rotations(1, dim=2, generator=torch.Generator().manual_seed(0))[0]
        >>> round(float(torch.linalg.det(rotation)), 5)
        1.0
    """
    matrices = random_orthogonal(num, dim, generator, torch.double, device)
    return proper(matrices).to(dtype or torch.get_default_dtype())


def orthogonal_of(normal: Tensor) -> Tensor:
    """Orthogonal matrices from normal entries :math:`(*, n, n)`: Haar if these are independent."""
    q, r = torch.linalg.qr(normal)
    # QR alone is not Haar: its signs depend on the implementation.
    return q * r.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)


def proper(matrices: Tensor) -> Tensor:
    """Rotations from orthogonal matrices, by the sign of the first column."""
    sign = torch.linalg.det(matrices).sign()[..., None, None]
    return torch.cat([matrices[..., :1] * sign, matrices[..., 1:]], dim=-1)


def axis_angle_rotation(axis: Tensor, angle: Tensor | float) -> Tensor:
    r"""Rotations about an axis, by Rodrigues' formula

    .. math::
        \mathbf{R} = \mathbf{I} + \sin\theta \, [\mathbf{a}]_\times
        + (1 - \cos\theta) \, [\mathbf{a}]_\times^2 .

    Args:
        axis (torch.Tensor): Axes of any length :math:`(*, 3)`. It must be positive, unless the
            angle is zero.
        angle (torch.Tensor or float): Angles :math:`\theta` in radians :math:`(*)`,
            counter-clockwise for who looks against the axis.

    Returns:
        torch.Tensor: Matrices :math:`(*, 3, 3)`.

    Raises:
        ValueError: If an axis has a wrong shape or type, or no direction.

    Examples:
        >>> quarter = axis_angle_rotation(torch.tensor([0.0, 0.0, 1.0]), torch.pi / 2)
        >>> (quarter @ torch.tensor([2.0, 0.0, 1.0])).round().int()
        tensor([0, 2, 1], dtype=torch.int32)
    """
    if axis.dim() == 0 or axis.size(-1) != 3 or not axis.is_floating_point():
        raise ValueError(f"'axis' must be of shape [..., 3] (got {list(axis.shape)}, {axis.dtype})")
    angle = torch.as_tensor(angle, dtype=axis.dtype, device=axis.device)
    length = torch.linalg.vector_norm(axis, dim=-1, keepdim=True)
    nowhere = length == 0
    if bool((wrong := nowhere.squeeze(-1) & (angle != 0)).any()):
        given = angle.expand(wrong.shape)[wrong][0].item()
        raise ValueError(f"'axis' must not be zero for an angle of {given:g} (got [0.0, 0.0, 0.0])")
    axis, angle = axis / torch.where(nowhere, 1, length), angle[..., None, None]
    x, y, z = axis.unbind(-1)
    o = torch.zeros_like(x)
    cross = torch.stack([o, -z, y, z, o, -x, -y, x, o], dim=-1).unflatten(-1, (3, 3))
    # With the half angle, so that small rotations lose no digits.
    versine = 2 * (angle / 2).sin().square()
    eye = torch.eye(3, dtype=axis.dtype, device=axis.device)
    return eye + angle.sin() * cross + versine * (cross @ cross)


def cyclic_rotations(order: int) -> Tensor:
    r"""The rotations by multiples of :math:`2 \pi / \mathrm{order}` in the plane.

    Args:
        order (int): Their number.

    Returns:
        torch.Tensor: Matrices in float64 :math:`(\mathrm{order}, 2, 2)`, the identity first.
    """
    if order < 1:
        raise ValueError(f"'order' must be 1 or more (got {order})")
    angle = 2 * math.pi * torch.arange(order, dtype=torch.double) / order
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos, -sin, sin, cos], dim=-1).view(order, 2, 2)


def generated_group(generators: Tensor, max_order: int = 1000) -> Tensor:
    r"""All products of some orthogonal matrices, for finite groups.

    Args:
        generators (torch.Tensor): Matrices in float64 :math:`(G, n, n)`.
        max_order (int, optional): The largest number of elements. (default: :obj:`1000`)

    Returns:
        torch.Tensor: The elements :math:`(\mathrm{order}, n, n)`, the identity first.

    Raises:
        ValueError: If there are more elements than that.

    Examples:
        >>> generated_group(torch.tensor([[[0.0, -1.0], [1.0, 0.0]]])).shape
        torch.Size([4, 2, 2])
    """
    generators = generators.double()
    elements = new = torch.eye(generators.size(-1), dtype=torch.double).unsqueeze(0)
    while new.size(0) > 0:
        products = (new.unsqueeze(1) @ generators).flatten(0, 1)
        new = elements[:0]
        for product in products:
            known = torch.cat([elements, new])
            if bool(((known - product).abs().amax((-2, -1)) > 1e-6).all()):
                new = torch.cat([new, product.unsqueeze(0)])
        elements = torch.cat([elements, new])
        if elements.size(0) > max_order:
            raise ValueError(f"'generators' give more than {max_order} elements")
    u, _, v = torch.linalg.svd(elements)  # The nearest orthogonal matrices undo the round-off.
    return u @ v


def icosahedral_rotations() -> Tensor:
    """The 60 rotations of the icosahedron of :mod:`pyg_symm.groups.polyhedra`, the identity first.

    Returns:
        torch.Tensor: Matrices in float64 :math:`(60, 3, 3)`.

    Examples:
        >>> icosahedral_rotations().shape
        torch.Size([60, 3, 3])
    """
    return _solid("icosahedron").clone()


def octahedral_rotations() -> Tensor:
    r"""The 24 rotations of the cube and the octahedron, in float64 :math:`(24, 3, 3)`."""
    return _solid("octahedron").clone()


def tetrahedral_rotations() -> Tensor:
    r"""The 12 rotations of the tetrahedron, in float64 :math:`(12, 3, 3)`."""
    return _solid("tetrahedron").clone()


def icosahedral_group() -> Tensor:
    """The 60 rotations of the icosahedron, then the same times the inversion.

    Returns:
        torch.Tensor: Matrices in float64 :math:`(120, 3, 3)`.
    """
    return torch.cat([_solid("icosahedron"), -_solid("icosahedron")])


@lru_cache
def _solid(name: str) -> Tensor:
    third = {
        "tetrahedron": [[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]],
        "octahedron": [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
    }
    with torch.device("cpu"):  # What is kept must not depend on a default device.
        cycle = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
        if name == "icosahedron":
            vertex = torch.tensor([0.0, 1.0, GOLDEN], dtype=torch.double)
            turn = axis_angle_rotation(vertex, 2 * math.pi / 5)
        else:
            turn = torch.tensor(third[name], dtype=torch.double)
        return generated_group(torch.stack([cycle.double(), turn]))
