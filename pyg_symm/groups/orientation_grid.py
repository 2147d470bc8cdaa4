"""Directions on which functions on the sphere, or on the circle, are sampled."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

from .polyhedra import POLYHEDRA, polyhedron
from .repulsion import repulsion_points
from .zonal import quadrature_degree

_EXACT = ("points", "weights", "inner_values")  # Kept in float64.
# Not buffers: means of a model's weights and buffers would round them.
_INDICES = ("inner_index", "antipode", "halves")
_SAME = 1e-12  # Inner products that differ by less are equal.


class OrientationGrid(torch.nn.Module):
    r"""Unit vectors with quadrature weights.

    .. math::
        \frac{1}{|S^{n-1}|} \int_{S^{n-1}} f(\mathbf{o}) \, d\mathbf{o}
        \approx \sum_o w_o f(\mathbf{o}), \qquad \sum_o w_o = 1

    In space, the numbers 4, 6, 8, 12, 20, 30, 32, 42 and 62 give the vertices of
    :func:`~pyg_symm.groups.polyhedron`. The rotations of that solid permute them, so that a
    network on this grid is exactly equivariant under these rotations. Other numbers give points
    that repel each other, see :func:`~pyg_symm.groups.repulsion_points`. In the plane,
    :math:`\mathbf{o}_k = (\cos 2 \pi k / O, \sin 2 \pi k / O)`.

    The grid has no parameters. Its points and weights are part of the ``state_dict``. They stay
    in float64 when a model is cast to another type, so that they lose nothing when it is cast
    back; cast them where they are used.

    Args:
        num (int): The number of points :math:`O`.
        dim (int, optional): The dimension of space :math:`n`, two or three. (default: :obj:`3`)
        kind (str, optional): A name of :func:`~pyg_symm.groups.polyhedron`, or ``"repulsion"``,
            or ``"circle"`` in the plane. (default: the solid with so many vertices, if any)
        seed (int, optional): Seed of the repulsion. (default: :obj:`0`)

    Attributes:
        points (torch.Tensor): Unit vectors :math:`(O, n)`.
        weights (torch.Tensor): Weights of sum one :math:`(O)`.
        inner_values (torch.Tensor): The distinct inner products of two points, in ascending order
            :math:`(K)`.
        inner_index (torch.Tensor): Which of them each pair of points has :math:`(O, O)`.
        antipode (torch.Tensor or None): The index of the opposite point of each one :math:`(O)`,
            if all are there.
        halves (torch.Tensor or None): An order of the points, if all opposite points are there, in
            which the second half is opposite to the first :math:`(O)`.
        kind (str): How the grid was built; ``"rotated"`` or ``"loaded"`` if it was not.

    Raises:
        ValueError: If there is no such grid.

    Examples:
        >>> grid = OrientationGrid(12)
        >>> grid
        OrientationGrid(12, dim=3, kind='icosahedron')
        >>> grid.degree, grid.inner_values.numel(), grid.float().points.dtype
        (5, 4, torch.float64)
    """

    points: Tensor
    weights: Tensor
    inner_values: Tensor
    inner_index: Tensor
    antipode: Tensor | None
    halves: Tensor | None

    def __init__(self, num: int, dim: int = 3, kind: str | None = None, seed: int = 0) -> None:
        super().__init__()
        check_sizes(1, num=num)
        self.kind = _kind(num, dim, kind)
        with torch.device("cpu"):  # Whatever the default device: numbers are needed here.
            if self.kind == "circle":
                points, weights = _circle(num)
            elif self.kind == "repulsion":
                points, weights = repulsion_points(num, seed)
            else:
                points, weights = polyhedron(self.kind)
            self.register_buffer("points", points)
            self.register_buffer("weights", weights)
            self._register_relations()

    @property
    def num(self) -> int:
        """The number of points."""
        return self.points.size(0)

    @property
    def dim(self) -> int:
        """The dimension of space."""
        return self.points.size(1)

    @property
    def degree(self) -> int:
        """The highest degree up to which the weighted sum of every polynomial is its mean."""
        return quadrature_degree(self.points, self.weights)

    def rotated(self, rotation: Tensor) -> "OrientationGrid":
        r"""A copy with points :math:`\mathbf{R} \mathbf{o}`, such as for augmentation.

        The matrix is first replaced by the nearest exactly orthogonal one, so that a rotation in
        float32 leaves the inner products of points as they are.

        Args:
            rotation (torch.Tensor): An orthogonal matrix :math:`(n, n)`.

        Raises:
            ValueError: If it is not orthogonal, or of another size.
        """
        rotation = rotation.to(self.points)
        eye = torch.eye(self.dim, dtype=rotation.dtype, device=rotation.device)
        if rotation.shape != eye.shape or not torch.allclose(
            rotation @ rotation.mT, eye, atol=1e-5
        ):
            raise ValueError(
                f"'rotation' must be an orthogonal {self.dim} x {self.dim} matrix "
                f"(got {rotation.tolist()})"
            )
        out = OrientationGrid.__new__(OrientationGrid)
        torch.nn.Module.__init__(out)
        out.kind = "rotated"
        u, _, v = torch.linalg.svd(rotation)
        points = self.points @ (u @ v).mT
        points = points / torch.linalg.vector_norm(points, dim=1, keepdim=True)
        out.register_buffer("points", points)
        out.register_buffer("weights", self.weights.clone())
        out._register_relations()  # As a grid that is loaded from a file would.
        return out

    def _register_relations(self) -> None:
        """What follows from the points, and is therefore not saved."""
        values, index = _distinct(self.points @ self.points.T)
        opposite = (self.points.unsqueeze(1) + self.points).abs().amax(-1) < _SAME
        antipode = halves = None
        if bool(opposite.any(1).all()):
            antipode = opposite.long().argmax(1)
            first = (antipode > torch.arange(self.num, device=antipode.device)).nonzero().view(-1)
            halves = torch.cat([first, antipode[first]])
        self.register_buffer("inner_values", values, persistent=False)
        self.inner_index, self.antipode, self.halves = index, antipode, halves

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "OrientationGrid":
        exact = {name: self._buffers[name] for name in _EXACT}
        super()._apply(fn, recurse)
        for name in _INDICES:
            index = getattr(self, name)
            setattr(self, name, None if index is None else fn(index))
        for name, before in exact.items():
            after = self._buffers[name]
            if before is not None and after is not None and after.dtype != before.dtype:
                self._buffers[name] = before.to(after.device)
        return self

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *args: Any) -> None:
        given = {name: state_dict.get(prefix + name) for name in ("points", "weights")}
        before = self.points.clone()
        for name, value in given.items():
            if isinstance(value, Tensor) and value.shape != self._buffers[name].shape:  # type: ignore[union-attr]
                sizes = f"{value.size(0)} points, this grid has {self.num}"
                args[-1].append(
                    f"'{prefix}{name}' of shape {list(value.shape)} belongs to a grid of {sizes} "
                    f"in {self.dim} dimensions"
                )
                return
        super()._load_from_state_dict(state_dict, prefix, *args)
        for name in given:  # `assign=True` takes over their type.
            self._buffers[name] = self._buffers[name].double()  # type: ignore[union-attr]
        if not torch.equal(before.to(self.points.device), self.points):
            self.kind = "loaded"
            self._register_relations()

    def extra_repr(self) -> str:
        return f"{self.num}, dim={self.dim}, kind={self.kind!r}"


def _kind(num: int, dim: int, kind: str | None) -> str:
    if dim not in (2, 3):
        raise ValueError(f"'dim' must be 2 or 3 (got {dim})")
    if dim == 2:
        names = ["circle"]
    else:
        names = [name for name, size in POLYHEDRA.items() if size == num] + ["repulsion"]
    if kind is not None and kind not in names:
        raise ValueError(f"'kind' must be one of {names} for {num} points in {dim}D (got {kind!r})")
    return names[0] if kind is None else kind


def _circle(num: int) -> tuple[Tensor, Tensor]:
    angle = 2 * math.pi * torch.arange(num, dtype=torch.double) / num
    points = torch.stack([angle.cos(), angle.sin()], dim=1)
    return points, torch.full((num,), 1 / num, dtype=torch.double)


def _distinct(inner: Tensor) -> tuple[Tensor, Tensor]:
    """Distinct values up to round-off, ascending, and which of them each entry has."""
    values, order = inner.flatten().sort()
    label = torch.cat([values.new_zeros(1), (values.diff() > _SAME).to(values)]).cumsum(0).long()
    index = torch.empty_like(label)
    index[order] = label
    count = label.bincount()
    median = values[count.cumsum(0) - (count + 1) // 2]
    return median.clamp(-1, 1), index.view_as(inner)
