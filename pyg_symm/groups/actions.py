"""How an affine motion of space acts on points, vectors and what else is given in coordinates."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .rotations import random_rotations
from .wigner import wigner_d


class Action(NamedTuple):
    r"""The motion :math:`\mathbf{x} \mapsto \mathbf{g} \mathbf{x} + \mathbf{t}` of space.

    Args:
        matrix (torch.Tensor): The linear part :math:`\mathbf{g}` :math:`(n, n)`.
        translation (torch.Tensor): The shift :math:`\mathbf{t}` :math:`(n)`.
    """

    matrix: Tensor
    translation: Tensor

    def on(self, value: Any, role: "Role") -> Any:
        r"""Moves coordinates along, computing in float64.

        =============== ================================ ===================================
        role            shape                            becomes
        =============== ================================ ===================================
        scalar          any; also what is not a tensor   itself
        pseudoscalar    any                              ``det(g) s``
        vector          :math:`(*, n)`                   ``g v``
        pseudovector    :math:`(*, n)`                   ``det(g) g v``
        position        :math:`(*, n)`                   ``g x + t``
        frame           :math:`(*, n, k)`, in columns    ``g F``
        tensor          :math:`(*, n, n)`                ``g T g^T``
        harmonics       :math:`(*, (l_{\max} + 1)^2)`    ``D(g) y``
        pseudoharmonics :math:`(*, (l_{\max} + 1)^2)`    ``det(g) D(g) y``
        =============== ================================ ===================================

        Harmonics are components in the order of :func:`~pyg_symm.groups.spherical_harmonics`, and
        :math:`\mathbf{D}` the matrices of :func:`~pyg_symm.groups.wigner_d`.

        Args:
            value: A tensor, or anything else in the role of a scalar.
            role (str or Callable): One of the above, or a function of the value and the action,
                for coordinates in another representation.

        Returns:
            The moved coordinates, of the same type as before.

        Raises:
            ValueError: If there is no such role, or the shape does not suit it.

        Examples:
            >>> mirror = Action(torch.diag(torch.tensor([1.0, 1.0, -1.0])), torch.ones(3))
            >>> mirror.on(torch.tensor([1.0, 2.0, 3.0]), "position")
            tensor([ 2.,  3., -2.])
            >>> mirror.on(torch.tensor([1.0, 2.0, 3.0]), "pseudovector")
            tensor([-1., -2.,  3.])
        """
        if callable(role):
            return role(value, self)
        if role not in _ROLES:
            raise ValueError(f"'role' must be one of {list(_ROLES)} or a function (got {role!r})")
        fits, move = _ROLES[role]
        if role == "scalar":
            return value
        n, shape = self.matrix.size(-1), list(getattr(value, "shape", ()))
        if not isinstance(value, Tensor) or not fits(shape, n):
            raise ValueError(f"the role {role!r} in {n}D cannot have the shape {shape}")
        wide = torch.promote_types(value.dtype, torch.double)
        g, t = (a.to(value.device, wide) for a in self)
        return move(value.to(wide), g, t).to(value.dtype)


Role = str | Callable[[Any, Action], Any]


def _any(shape: list[int], n: int) -> bool:
    return True


def _vector(shape: list[int], n: int) -> bool:
    return shape[-1:] == [n]


def _harmonics(shape: list[int], n: int) -> bool:
    return n == 3 and len(shape) > 0 and math.isqrt(shape[-1]) ** 2 == shape[-1] > 0


def _rotate_harmonics(y: Tensor, g: Tensor, t: Tensor) -> Tensor:
    return y @ wigner_d(math.isqrt(y.size(-1)) - 1, g.real).to(y.dtype).mT


# Whether a shape suits the role, and what becomes of the value.
_Rule = tuple[Callable[[list[int], int], bool], Callable[[Tensor, Tensor, Tensor], Tensor]]
_ROLES: dict[str, _Rule] = {
    "scalar": (_any, lambda s, g, t: s),
    "pseudoscalar": (_any, lambda s, g, t: torch.linalg.det(g) * s),
    "vector": (_vector, lambda v, g, t: v @ g.mT),
    "pseudovector": (_vector, lambda v, g, t: torch.linalg.det(g) * (v @ g.mT)),
    "position": (_vector, lambda x, g, t: x @ g.mT + t),
    "frame": (lambda shape, n: shape[-2:-1] == [n], lambda f, g, t: g @ f),
    "tensor": (lambda shape, n: shape[-2:] == [n, n], lambda m, g, t: g @ m @ g.mT),
    "harmonics": (_harmonics, _rotate_harmonics),
    "pseudoharmonics": (
        _harmonics,
        lambda y, g, t: torch.linalg.det(g) * _rotate_harmonics(y, g, t),
    ),
}


def sample_actions(
    group: str, num: int = 6, generator: torch.Generator | None = None
) -> list[Action]:
    r"""Random elements of a group of motions.

    Args:
        group (str): ``"SO(n)"`` for rotations, ``"O(n)"`` with reflections, ``"T(n)"`` for
            translations, ``"SE(n)"`` or ``"E(n)"`` for all of these, with a number for ``n``.
        num (int, optional): How many. Every second one of a group with reflections is one.
            (default: :obj:`6`)
        generator (torch.Generator, optional): Source of random numbers. (default: seed zero)

    Raises:
        ValueError: If there is no such group.

    Examples:
        >>> [round(float(a.matrix.det())) for a in sample_actions("O(3)", 4)]
        [1, -1, 1, -1]
    """
    match = re.fullmatch(r"(SO|O|SE|E|T)\(([1-9]\d*)\)", group)
    if match is None:
        raise ValueError(f"'group' must be SO(n), O(n), SE(n), E(n) or T(n) (got {group!r})")
    name, dim = match[1], int(match[2])
    generator = torch.Generator().manual_seed(0) if generator is None else generator
    matrices = random_rotations(num, dim, generator, torch.double)
    shifts = torch.randn(num, dim, generator=generator, dtype=torch.double)
    if name == "T":
        matrices = torch.eye(dim, dtype=torch.double).expand(num, dim, dim)
    if name in ("O", "E"):
        matrices[1::2, 0] *= -1
    if name in ("O", "SO"):
        shifts = torch.zeros_like(shifts)
    return [Action(g, t) for g, t in zip(matrices, shifts, strict=True)]


def as_actions(elements: "str | Tensor | Sequence[Action]") -> list[Action]:
    r"""Elements given as the name of a group, as matrices :math:`(G, n, n)`, or as actions.

    Raises:
        ValueError: If they are none of these, or none are given.
    """
    if isinstance(elements, str):
        return sample_actions(elements)
    if isinstance(elements, Tensor):
        if elements.dim() != 3 or elements.size(1) != elements.size(2) or elements.size(0) == 0:
            raise ValueError(f"'elements' must be [G, n, n] (got {list(elements.shape)})")
        zero = elements.new_zeros(elements.size(-1))
        return [Action(g, zero) for g in elements]
    actions = list(elements)
    if not actions or not all(isinstance(action, Action) for action in actions):
        raise ValueError(f"'elements' must be a name, matrices or actions (got {actions})")
    return actions
